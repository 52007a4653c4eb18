// Choosing a period: the months and quarters of which anything is kept, the newest first.

import { h, show } from "./dom.js";
import { period } from "./format.js";
import { notice } from "./page.js";
import { step } from "./steps.js";

const PERIOD = /^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$/;

/** The quarters of the answer of /periods, newest first. */
export function quarters(told) {
  return [...new Set(told.periods.map((each) => each.quarter))].reverse();
}

/** The months of the answer of /periods, newest first. */
export function months(told) {
  return told.periods.map((each) => each.period).reverse();
}

/** Whether every month of a quarter is over. */
export function isComplete(told, quarter) {
  const parts = told.periods.filter((each) => each.quarter === quarter);
  return parts.length === 3 && parts.every((each) => each.is_over);
}

/** What the address of this page asks for, if it is one of `choices`; else `otherwise`, and the page says so and why: `because`. */
export function chosen(choices, otherwise, { name = "period", because = "nothing is kept of it", told = named } = {}) {
  const asked = new URLSearchParams(location.search).get(name);
  const isThere = !asked || choices.includes(asked);
  notice(name, isThere ? null : `${told(asked)} cannot be shown: ${because}. Shown instead: ${told(otherwise)}.`);
  return isThere && asked ? asked : otherwise;
}

/** "2025-03" as March 2025, "2025" as 2025; anything else in quotes. */
export function named(text) {
  if (!PERIOD.test(text)) return `"${text}"`;
  return text.includes("-") ? period(text) : text;
}

/** Fill a select with groups of periods, `{Quarters: [...], Months: [...]}`; choosing one changes the address and calls `then`. */
export function offer(select, groups, current, then, name = "period") {
  const option = (each) => h("option", { value: each, selected: each === current }, period(each));
  show(
    select,
    Object.entries(groups).map(([label, choices]) => h("optgroup", { label }, choices.map(option))),
  );
  select.onchange = () => {
    step({ [name]: select.value });
    notice(name, null);
    then(select.value);
  };
}
