// A long list, a page at a time.

import { h, icon, show } from "./dom.js";
import { button } from "./elements.js";
import { announce, begin, start } from "./page.js";

/** @typedef {{total: number, limit: number, offset: number}} Paged */

/**
 * Shows pages of a list of `what` in `container`: `load(offset)` gets an answer of the API, `render` makes elements of it. The function
 * that is returned shows the page at an offset and announces it; `first` is the promise of the first one.
 * @template {Paged} Page @param {Element} container @param {string} what
 * @param {{load: (offset: number) => Promise<Page>, render: (page: Page) => Children, part?: string}} list
 */
export function pagedList(container, what, { load, render, part = what }) {
  const fill = async (/** @type {number} */ offset, /** @type {() => boolean} */ isLatest) => {
    const page = await load(offset);
    if (!isLatest()) return null;
    show(container, render(page), pager(page, what, turnTo));
    return page;
  };
  const turnTo = (/** @type {number} */ offset) =>
    start(async (isLatest) => {
      const page = await fill(offset, isLatest);
      if (page) announce(page.total ? `${range(page)} ${what}` : `no ${what}`);
    }, part);
  return { turnTo, first: fill(0, begin(part)) };
}

/** Buttons to the page before and after; null when all are listed. @param {Paged} page @param {string} what @param {(offset: number) => void} turnTo */
function pager(page, what, turnTo) {
  const { total, limit, offset } = page;
  if (total <= limit && offset === 0) return null;
  return h("nav", { class: "pager", "aria-label": `Pages of the ${what}` }, [
    button([icon("arrow-left", "me-1"), "Newer"], () => turnTo(Math.max(0, offset - limit)), { disabled: offset === 0 }),
    h("span", {}, range(page)),
    button(["Older", icon("arrow-right", "ms-1")], () => turnTo(offset + limit), { disabled: offset + limit >= total }),
  ]);
}

/** @param {Paged} page */
function range({ total, limit, offset }) {
  return `${offset + 1} to ${Math.min(offset + limit, total)} of ${total}`;
}
