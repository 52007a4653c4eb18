// Which rows are looked at: what the address asks for, and what each choice makes of it. Pure: no element, no request.

import { choose, newestFirst } from "../periods.js";

export const SIZE = 50;
/** What can be followed from a cell, and its label. */
export const FILTERS = { reason: "Reason", company: "Company", board: "Board" };

/** What there is to choose from. @param {Periods} periods @param {Definitions} definitions */
export function choicesOf({ periods }, { metrics }) {
  return {
    metrics: new Map(metrics.filter((each) => each.has_rows).map((each) => [each.name, each])),
    months: newestFirst(periods),
    published: new Map(periods.map((each) => [each.period, each.vendors.map((part) => part.vendor)])),
  };
}

/** The state that an address asks for, with notices for what there is not. @param {ReturnType<typeof choicesOf>} choices @param {string} search */
export function readState({ metrics, months, published }, search) {
  const query = new URLSearchParams(search);
  const labelOf = (/** @type {string} */ name) => metrics.get(name)?.label ?? `"${name}"`;
  const names = [...metrics.keys()];
  const name = choose(names, query.get("metric"), names[0], { because: "there is no collected metric of that name", labelOf });
  const month = choose(months, query.get("period"), months[0]);
  const metric = /** @type {Metric} */ (metrics.get(name.value));
  return {
    metric,
    period: month.value,
    isPublished: published.get(month.value)?.includes(metric.vendor),
    filters: /** @type {Record<string, string | null>} */ (Object.fromEntries(["counts", "search", ...Object.keys(FILTERS)].map((each) => [each, query.get(each)]))),
    sort: query.get("sort") ?? "source_id",
    isDescending: query.get("descending") === "true",
    page: Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1),
    notices: { metric: name.notice, period: month.notice },
  };
}

/** @typedef {ReturnType<typeof readState>} State */

/** The parameters of the API for a state: of all its rows. @param {State} state */
export function parameters({ metric, period, filters, sort, isDescending }) {
  return { metric_name: metric.name, period, ...filters, sort, descending: isDescending || null };
}

/** The page of the rows. @param {State} state */
export function slice({ page }) {
  return { limit: SIZE, offset: (page - 1) * SIZE };
}

/** What changes in the address when a column's heading is pressed: it sorts by it, and the other way round the next time. @param {State} state @param {string} column */
export function sortedBy(state, column) {
  return { sort: column, descending: state.sort === column && !state.isDescending ? "true" : null };
}

/** What changes in the address when another metric is chosen: its rows may have other columns. @param {string} name */
export function withMetric(name) {
  return { metric: name, reason: null, company: null, board: null, sort: null, descending: null };
}

/** The filters that were followed from a cell: name, label and value. @param {State} state */
export function followed({ filters }) {
  return Object.entries(FILTERS)
    .filter(([name]) => filters[name])
    .map(([name, label]) => ({ name, label, value: filters[name] }));
}

/** Whether not all rows of the metric are shown. @param {State} state */
export function isFiltered({ filters }) {
  return Object.values(filters).some(Boolean);
}
