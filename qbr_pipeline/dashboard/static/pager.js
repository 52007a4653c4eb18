// Turning the pages of a long list.

import { h, icon } from "./dom.js";

/** Which of `total` are shown, and buttons to the page before and after; `then(offset)` shows another. Null when all are shown. */
export function pager({ total, limit, offset }, what, then) {
  if (total <= limit && offset === 0) return null;
  const turn = (to, label, name) =>
    h("button", { class: "btn btn-sm btn-outline-secondary", type: "button", disabled: to === null, onclick: () => then(to) }, name === "arrow-left" ? [icon(name, "me-1"), label] : [label, icon(name, "ms-1")]);
  const last = Math.min(offset + limit, total);
  return h(
    "nav",
    { class: "pager", "aria-label": `Pages of the ${what}` },
    turn(offset > 0 ? Math.max(0, offset - limit) : null, "Newer", "arrow-left"),
    h("span", {}, `${offset + 1} to ${last} of ${total}`),
    turn(last < total ? last : null, "Older", "arrow-right"),
  );
}
