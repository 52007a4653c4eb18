// Making elements. Text goes in as text: nothing from the API is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("a", {class: "x", href: "/"}, "text", other)`. Handlers are `onclick`-like functions; null children are left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** One of the icons of the page's sprite. */
export function icon(name, classes = "") {
  return svg("svg", { class: `icon ${classes}`, "aria-hidden": "true" }, svg("use", { href: `#icon-${name}` }));
}

/** Put `children` in place of what `node` holds. */
export function show(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

/** The address of this page with some parameters set, and those that are null left out. */
export function addressWith(parameters, path = location.pathname, keep = location.search) {
  const query = new URLSearchParams(keep);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}
