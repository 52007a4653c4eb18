// The address of a page: what it asks for, how a choice changes it, and what Back undoes.

import { addressWith, show } from "./dom.js";
import { options } from "./elements.js";
import { notice } from "./page.js";
import { choose } from "./periods.js";

let current = location.search;

/** Put `parameters` into the address as a step that Back undoes. @param {Record<string, any>} parameters */
export function pushState(parameters) {
  history.pushState({}, "", addressWith(parameters));
  current = location.search;
}

/** Run `then` when Back or Forward leads to other parameters of this page. A jump to a place on the page is none. @param {() => void} then */
export function onPopState(then) {
  window.addEventListener("popstate", () => {
    if (location.search !== current) then();
  });
}

/** What the address asks for under `name`, if it is one of `choices`; else `otherwise`, and the page says so and why. See `choose`.
 * @param {string[]} choices @param {string} otherwise @param {{name?: string, because?: string, labelOf?: (value: string) => string}} words */
export function chosen(choices, otherwise, { name = "period", ...words } = {}) {
  const { value, notice: text } = choose(choices, new URLSearchParams(location.search).get(name), otherwise, words);
  notice(name, text);
  return value;
}

/** Let `select` offer `items` (elements, or pairs of value and text); choosing one puts it into the address under `name` and calls `then`.
 * @param {HTMLSelectElement} select @param {any[]} items @param {string} value @param {string} name @param {(value: string) => void} then */
export function offerChoices(select, items, value, name, then) {
  show(select, Array.isArray(items[0]) ? options(items) : items);
  select.value = value;
  select.onchange = () => {
    pushState({ [name]: select.value });
    notice(name, null);
    then(select.value);
  };
}
