// Choosing a period: the months and quarters of which anything is kept, the newest first.

import { addressWith, h, show } from "./dom.js";
import { period } from "./format.js";

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

/** What the address of this page asks for, if it is one of `choices`; else `otherwise`. */
export function chosen(choices, otherwise, name = "period") {
  const asked = new URLSearchParams(location.search).get(name);
  return choices.includes(asked) ? asked : otherwise;
}

/** Fill a select with groups of periods, `{Quarters: [...], Months: [...]}`; choosing one changes the address and calls `then`. */
export function offer(select, groups, current, then, name = "period") {
  const option = (each) => h("option", { value: each, selected: each === current }, period(each));
  show(
    select,
    Object.entries(groups).map(([label, choices]) => h("optgroup", { label }, choices.map(option))),
  );
  select.onchange = () => {
    history.pushState({}, "", addressWith({ [name]: select.value }));
    then(select.value);
  };
}
