// Choosing among periods, as the API lists them. What belongs here: choices and their names. What does not: the address, elements.

import { period } from "./format.js";

const PERIOD = /^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$/;

/** The periods of a list of the answer of /periods, the newest first. @param {readonly {period: string}[]} list */
export function newestFirst(list) {
  return list.map((each) => each.period).reverse();
}

/** The month or quarter of that name, with its neighbours; undefined when nothing is kept of it. @param {Periods} periods @param {string} name @returns {any} */
export function findPeriod(periods, name) {
  return [...periods.quarters, ...periods.periods].find((each) => each.period === name);
}

/** `requested`, if it is one of `choices`; else `otherwise`, and a `notice` that says so and why.
 * @param {readonly string[]} choices @param {string | null} requested @param {string} otherwise */
export function choose(choices, requested, otherwise, { because = "there is no data for it", labelOf = named } = {}) {
  if (!requested) return { value: otherwise, notice: null };
  if (choices.includes(requested)) return { value: requested, notice: null };
  return { value: otherwise, notice: `${labelOf(requested)} cannot be shown: ${because}. You see ${labelOf(otherwise)} instead.` };
}

/** "2025-03" as March 2025, "2025" as 2025; anything else in quotes. @param {string} text */
export function named(text) {
  if (!PERIOD.test(text)) return `"${text}"`;
  return text.includes("-") ? period(text) : text;
}
