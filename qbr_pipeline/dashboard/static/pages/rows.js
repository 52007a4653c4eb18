// The tickets, time entries, devices or accounts behind a metric of a month, with why each counts or does not.

import { address, get, getOrNull } from "../api.js";
import { addressWith, byId, h, icon, show } from "../dom.js";
import { button, momentWithZone, optgroups, options } from "../elements.js";
import { emptyState } from "../empty_state.js";
import { brief, day, exact, period } from "../format.js";
import { announce, notice, start } from "../page.js";
import { COLUMNS, NAMES, table } from "./rows_columns.js";
import { choicesOf, followed, isFiltered, parameters, readState, slice, sortedBy, withMetric } from "./rows_state.js";

const HAVE_TIMES = new Set(["tickets", "time_entries"]);
/** @type {Record<string, Unit>} */
const UNITS = { time_entries: "hours", accounts: "dollars" }; // of what is not merely counted
const PAUSE = 300; // milliseconds without a key before a search begins

/** @type {ReturnType<typeof choicesOf> | null} */
let available = null; // null: nothing is kept, or it is still on its way

start(async (isLatest) => {
  const [periods, definitions] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  if (periods.periods.length) {
    available = choicesOf(periods, definitions);
    await fill(isLatest);
    return;
  }
  for (const each of document.querySelectorAll(".toolbar > div, #filter")) each.classList.add("d-none");
  show(byId("rows"), emptyState());
});

listen();
window.addEventListener("popstate", () => start(fill));

/** @typedef {import("./rows_state.js").State} State */

/** Show what another address asks for. @param {Record<string, string | number | null>} changes */
function go(changes, { silently = false } = {}) {
  const next = addressWith({ page: null, ...changes });
  if (silently) history.replaceState({}, "", next);
  else history.pushState({}, "", next);
  return start(fill);
}

function listen() {
  /** @type {number | undefined} */
  let pause;
  byId("filter").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  for (const name of ["counts", "sort", "descending", "period"]) byId(name).addEventListener("change", () => go({ [name]: byId(name).value }));
  byId("metric").addEventListener("change", () => go(withMetric(byId("metric").value)));
  byId("search").addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => go({ search: byId("search").value.trim() }, { silently: true }), PAUSE);
  });
}

/** @param {() => boolean} isLatest */
async function fill(isLatest) {
  if (!available) return;
  const state = readState(available, location.search);
  for (const [name, text] of Object.entries(state.notices)) notice(name, text);
  showChoices(available, state);
  show(byId("chips"), followed(state).map(chip));
  if (!state.isPublished) {
    const { metric } = state;
    show(byId("summary"));
    show(byId("rows"), note(`Nothing of ${metric.vendor} has been published for ${period(state.period)}, so there are no rows behind ${metric.label}.`));
    show(byId("turn"));
    return;
  }
  const [response, stored] = await Promise.all([
    get("/metrics/rows", { ...parameters(state), ...slice(state) }),
    getOrNull("/metrics/monthly", { period: state.period, metric_name: state.metric.name }),
  ]);
  if (!isLatest()) return; // another choice was made meanwhile
  showSorting(response, state);
  show(byId("summary"), summary(response, state, stored?.metrics[0]), fileLink(parameters(state)));
  show(byId("rows"), response.rows.length ? table(response, state, (column) => sortBy(column, state)) : noRows(response, state.page));
  show(byId("turn"), pageButtons(response, state.page));
  announce(`${countInWords(response)}: ${rangeInWords(response)}`);
}

/** @param {ReturnType<typeof choicesOf>} choices @param {State} state */
function showChoices(choices, { metric, period: month, filters }) {
  show(byId("metric"), options([...choices.metrics.values()].map((each) => [each.name, each.label])));
  byId("metric").value = metric.name;
  show(byId("period"), [optgroups(choices.months, { heading: () => "Months", option: (each) => [each, period(each)] })]);
  byId("period").value = month;
  byId("counts").value = filters.counts ?? "";
  if (document.activeElement !== byId("search")) byId("search").value = filters.search ?? "";
}

/** @param {Rows} response @param {State} state */
function showSorting(response, state) {
  const columns = [...COLUMNS[response.source], { name: "reason", label: "Reason" }];
  show(byId("sort"), options(columns.map((column) => [column.name, column.label])));
  byId("sort").value = state.sort;
  byId("descending").value = state.isDescending ? "true" : "";
}

/** @param {string} column @param {State} state */
async function sortBy(column, state) {
  await go(sortedBy(state, column));
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-sort="${column}"]`))?.focus();
}

/** @param {Rows} response @param {State} state @param {MonthlyMetric | undefined} stored */
function summary(response, state, stored) {
  const source = response.snapshot_date ? `Devices as of the snapshot of ${day(response.snapshot_date)}, counted ${response.counted}. ` : "";
  const books = response.source === "accounts" ? `Read from ${response.counted}. ` : "";
  const zone = h("span", { class: "rows-zone" }, HAVE_TIMES.has(response.source) ? `Times are those of ${response.timezone}. ` : null);
  return [
    h("p", { class: "lead" }, `${isFiltered(state) ? "Of those shown, " : ""}${countInWords(response)}.`),
    h("p", { class: "text-body-secondary small" }, zone, `${source}${books}Published `, momentWithZone(response.published_at), "."),
    stored?.source === "manual" ? overridden(stored, state) : null,
  ];
}

/** @param {MonthlyMetric} stored @param {State} state */
function overridden(stored, { metric, period: month }) {
  const words = `The value of ${period(month)} is ${exact(stored.value, metric.unit, metric.decimals)}, entered by ${stored.entered_by} instead. `;
  return h("p", { class: "w-100" }, icon("pencil-fill", "me-1"), words, h("a", { href: `/enter?period=${month}` }, "Enter data"));
}

/** "365 of 404 tickets count", and what they come to when that is not their number. @param {Rows} response */
function countInWords(response) {
  const [one, many] = NAMES[response.source];
  const [counting, total] = [brief(response.counting, "count"), brief(response.total, "count")];
  const words = `${counting} of ${total} ${response.total === 1 ? one : many} ${response.counting === 1 ? "counts" : "count"}`;
  const unit = UNITS[response.source];
  return unit ? `${words}: ${exact(response.value, unit)}` : words;
}

/** @param {Record<string, unknown>} query */
function fileLink(query) {
  return h("a", { class: "btn btn-sm btn-outline-secondary", href: address("/metrics/rows.csv", query), download: "" }, icon("download", "me-1"), "CSV");
}

/** A filter that was followed from a cell, with a way out. @param {ReturnType<typeof followed>[number]} filter */
function chip({ name, label, value }) {
  const hint = h("span", { class: "visually-hidden" }, " (show all again)");
  return h("a", { class: "btn btn-sm btn-outline-secondary", href: addressWith({ [name]: null, page: null }) }, [
    icon("funnel", "me-1"),
    `${label}: ${value}`,
    icon("x-lg", "ms-2"),
    hint,
  ]);
}

/** @param {Rows} response @param {number} page */
function pageButtons(response, page) {
  if (!response.rows.length && page === 1) return null;
  return [
    button([icon("arrow-left", "me-1"), "Previous"], () => turnTo(page - 1), { disabled: page === 1 }),
    h("span", {}, rangeInWords(response)),
    button(["Next", icon("arrow-right", "ms-1")], () => turnTo(page + 1), { disabled: response.offset + response.rows.length >= response.total }),
  ];
}

/** @param {number} page */
async function turnTo(page) {
  await go({ page: page === 1 ? null : page });
  byId("main").focus();
  window.scrollTo({ top: 0 });
}

/** @param {Rows} response */
function rangeInWords({ rows, offset, total }) {
  if (!rows.length) return "none here";
  return `${brief(offset + 1, "count")} to ${brief(offset + rows.length, "count")} of ${brief(total, "count")}`;
}

/** @param {Rows} response @param {number} page */
function noRows(response, page) {
  if (!response.total) return note("No row matches this choice.");
  return note(`There is no page ${page} of these rows. `, h("a", { href: addressWith({ page: null }) }, "The first page"));
}

/** @param {Children[]} text */
function note(...text) {
  return h("div", { class: "card card-body" }, h("p", { class: "mb-0" }, text));
}
