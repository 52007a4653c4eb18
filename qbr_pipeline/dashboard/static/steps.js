// The address of a page as it is stepped through: what Back undoes, and what it leads to.

import { addressWith } from "./dom.js";

let shown = location.search;

/** Put `parameters` into the address as a step that Back undoes. */
export function step(parameters) {
  history.pushState({}, "", addressWith(parameters));
  shown = location.search;
}

/** Run `then` when Back or Forward leads to other parameters of this page. A jump to a place on the page is none. */
export function onReturn(then) {
  window.addEventListener("popstate", () => {
    if (location.search !== shown) then();
  });
}
