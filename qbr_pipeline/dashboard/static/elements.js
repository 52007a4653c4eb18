// What pages are made of: buttons, moments, choices in groups, fields with a fault, and the lines that say how a list is.

import { h, icon, show } from "./dom.js";
import { moment, zoneAt } from "./format.js";

/** The icon and the colour of what is good, doubtful and bad. @type {Record<string, [icon: string, tone: string]>} */
export const SIGNS = { good: ["check-circle-fill", "text-good"], warning: ["exclamation-triangle-fill", "text-warn"], bad: ["x-circle-fill", "text-bad"] };

/** A small button that does `onclick`; `attributes` may hold another `class`.
 * @param {Children} content @param {(() => unknown) | null} onclick @param {Record<string, any>} attributes */
export function button(content, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes, class: `btn btn-sm ${attributes.class ?? "btn-outline-secondary"}` }, content);
}

/** A small button that is only an icon, and says its `label` to whoever points at it or hears it. @param {string} name @param {string} label @param {() => void} onclick */
export function iconButton(name, label, onclick) {
  return button(icon(name), onclick, { title: label, "aria-label": label });
}

/** A moment with its time zone, for the text of a page. @param {string} text */
export function momentWithZone(text) {
  return h("time", { datetime: text }, `${moment(text)} ${zoneAt(text)}`);
}

/** The items of a select under headings, each as a pair of value and text.
 * @template Item @param {readonly Item[]} items @param {{heading: (item: Item) => string, option: (item: Item) => readonly [string, string]}} words */
export function optgroups(items, { heading, option }) {
  return [...Map.groupBy(items, heading)].map(([label, members]) => h("optgroup", { label }, options(members.map(option))));
}

/** Options of a select: [value, text] each. @param {readonly (readonly [string, string])[]} choices */
export function options(choices) {
  return choices.map(([value, text]) => h("option", { value }, text));
}

/** Say in `place` what is wrong with what `input` holds; null: nothing. @param {HTMLInputElement} input @param {Element} place @param {string | null} text */
export function setFault(input, place, text) {
  input.classList.toggle("is-invalid", Boolean(text));
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  show(place, text);
}

/** A line of good news. @param {string} text */
export function allWell(text) {
  return h("p", { class: "all-well" }, icon("check-circle-fill", "text-good me-2"), text);
}

/** The term of a list of facts and what is said of it. @param {string} term @param {Children[]} content */
export function fact(term, ...content) {
  return [h("dt", {}, term), h("dd", {}, content)];
}
