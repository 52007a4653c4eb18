// Making elements. Text goes in as text: nothing from the API is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("a", {class: "x", href: "/"}, "text", other)`. Handlers are `onclick`-like functions; null children are left out.
 * @param {string} tag @param {Record<string, any>} attributes @param {Children[]} children @returns {any} */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. @param {string} tag @param {Record<string, any>} attributes @param {Children[]} children */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** One of the icons of the page's sprite. @param {string} name @param {string} classes */
export function icon(name, classes = "") {
  return svg("svg", { class: `icon ${classes}`, "aria-hidden": "true" }, svg("use", { href: `#icon-${name}` }));
}

/** Put `children` in place of what `node` holds. @param {Element} node @param {Children[]} children */
export function show(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

/** The element of the template with that id. @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/** The address of this page with some parameters set, and those that are null left out. @param {Record<string, any>} parameters */
export function addressWith(parameters, path = location.pathname, query = location.search) {
  const result = new URLSearchParams(query);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === "") result.delete(name);
    else result.set(name, value);
  }
  const text = result.toString();
  return text ? `${path}?${text}` : path;
}

/** @param {any} element @param {Record<string, any>} attributes @param {Children} children */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

/** @param {Children} children @returns {(Node | string)[]} */
function present(children) {
  const flat = /** @type {any[]} */ ([children]).flat(Infinity);
  return flat.filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : String(child)));
}
