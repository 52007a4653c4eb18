// What the months page is showing: a year, and what follows from it. Pure: no element, no address, no request.

import { period } from "../format.js";
import { choose, newestFirst } from "../periods.js";

/** @typedef {Periods["years"][number]} Year */
/** @typedef {{years: Year[], kept: string[], selected: Year, notice: string | null}} State */

/** The page before a year is chosen. @param {Periods} periods @returns {State} */
export function initialState({ years, periods }) {
  const newest = [...years].reverse();
  return { years: newest, kept: newestFirst(periods), selected: newest[0], notice: null };
}

/** The state with the year that is `requested` (null: the newest), and a notice when there is none such.
 * @param {State} state @param {string | null} requested @returns {State} */
export function selectYear(state, requested) {
  const names = state.years.map((each) => each.year);
  const { value, notice } = choose(names, requested, names[0]);
  return { ...state, selected: state.years.find((each) => each.year === value) ?? state.selected, notice };
}

/** What is asked of the API: the months of the year that have begun, and all of the year before. @param {State} state */
export function queries({ selected }) {
  return {
    now: { from_period: selected.months[0], to_period: selected.last_month },
    prior: { from_period: selected.previous_months[0], to_period: selected.previous_months.at(-1) },
  };
}

/** The months that can be had as a file, the newest first. @param {State} state */
export function fileMonths({ kept, selected }) {
  return kept.filter((month) => selected.months.includes(month));
}

/** One sentence about the year. @param {State} state @param {Table} table */
export function description({ selected }, table) {
  const current = table.months.find((month) => !month.is_over);
  return current ? `${selected.year} so far; ${period(current.period)} is in progress, its numbers are provisional.` : `${selected.year}, all twelve months.`;
}

/** A column for each of `months`; those of months that have not begun hold nothing: their index is null. @param {string[]} months @param {Table} table */
export function columns(months, table) {
  const known = new Map(table.months.map((month, index) => [month.period, { ...month, index }]));
  return months.map((month) => known.get(month) ?? { period: month, index: null, is_over: false });
}
