// The tickets, time entries or devices behind a collected metric of a month, with why each counts or does not.

import { address, get, getOrNull } from "../api.js";
import { addressWith, byId, h, icon, show } from "../dom.js";
import { brief, day, exact, moment, period, zoneAt } from "../format.js";
import { nothingYet } from "../nothing.js";
import { say, start } from "../page.js";
import { chosen, months, offer } from "../periods.js";
import { COLUMNS, NAMES, table } from "./rows_columns.js";

const SIZE = 50;
const PAUSE = 300; // milliseconds without a key before a search begins
const FILTERS = { reason: "Reason", company: "Company", board: "Board" };

let metrics = [];
let choices = [];
let published = new Map(); // vendors by month

start(async (isLatest) => {
  const [told, definitions] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  metrics = definitions.metrics.filter((each) => each.kind === "collected");
  choices = months(told);
  published = new Map(told.periods.map((each) => [each.period, each.vendors.map((part) => part.vendor)]));
  if (!choices.length) {
    for (const each of document.querySelectorAll(".toolbar > div, #filter")) each.classList.add("d-none");
    show(byId("rows"), nothingYet());
    return;
  }
  await fill(isLatest);
});

listen();
window.addEventListener("popstate", () => start(fill));

/** What the address asks for. */
function wanted() {
  const query = new URLSearchParams(location.search);
  const names = new Map(metrics.map((each) => [each.name, each]));
  const labelOf = (name) => names.get(name)?.label ?? `"${name}"`;
  return {
    metric: names.get(chosen([...names.keys()], metrics[0].name, { name: "metric", because: "there is no collected metric of that name", told: labelOf })),
    period: chosen(choices, choices[0]),
    counts: query.get("counts"),
    search: query.get("search"),
    reason: query.get("reason"),
    company: query.get("company"),
    board: query.get("board"),
    sort: query.get("sort") ?? "source_id",
    descending: query.get("descending") === "true",
    page: Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1),
  };
}

/** Show what another address asks for. */
function go(parameters, { silently = false } = {}) {
  const next = addressWith({ page: null, ...parameters });
  if (silently) history.replaceState({}, "", next);
  else history.pushState({}, "", next);
  return start(fill);
}

function listen() {
  let pause;
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("counts").addEventListener("change", () => go({ counts: byId("counts").value }));
  byId("sort").addEventListener("change", () => go({ sort: byId("sort").value }));
  byId("descending").addEventListener("change", () => go({ descending: byId("descending").value }));
  byId("search").addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => go({ search: byId("search").value.trim() }, { silently: true }), PAUSE);
  });
}

async function fill(isLatest) {
  if (!choices.length) return; // nothing is kept, or what there is to choose from is still on its way
  const state = wanted();
  offerChoices(state);
  const { metric, page, descending, ...filter } = state;
  const query = { ...filter, metric_name: metric.name, descending: descending || null };
  show(byId("chips"), chips(state));
  if (!published.get(state.period).includes(metric.vendor)) {
    show(byId("told"));
    show(byId("rows"), note(`Nothing of ${metric.vendor} has been published for ${period(state.period)}, so there are no rows behind ${metric.label}.`));
    show(byId("turn"));
    return;
  }
  const [told, kept] = await Promise.all([
    get("/metrics/rows", { ...query, limit: SIZE, offset: (page - 1) * SIZE }),
    getOrNull("/metrics/monthly", { period: state.period, metric_name: metric.name }),
  ]);
  if (!isLatest()) return; // something else has been asked for meanwhile
  offerSorting(told, state);
  show(byId("told"), summary(told, state, kept?.metrics[0]), file(query));
  show(byId("rows"), told.rows.length ? table(told, state, (name) => sortBy(name, state)) : nothing(told, page));
  show(byId("turn"), turning(told, page));
  say(`${said(told)}: ${place(told)}`);
}

function offerChoices(state) {
  const metric = byId("metric");
  show(
    metric,
    metrics.map((each) => h("option", { value: each.name, selected: each === state.metric }, each.label)),
  );
  metric.onchange = () => go({ metric: metric.value, reason: null, company: null, board: null, sort: null, descending: null });
  offer(byId("period"), { Months: choices }, state.period, () => go({ page: null }, { silently: true }));
  byId("counts").value = state.counts ?? "";
  if (document.activeElement !== byId("search")) byId("search").value = state.search ?? "";
}

function offerSorting(told, state) {
  const columns = [...COLUMNS[told.source], { name: "reason", label: "Reason" }];
  show(
    byId("sort"),
    columns.map((column) => h("option", { value: column.name, selected: column.name === state.sort }, column.label)),
  );
  byId("descending").value = state.descending ? "true" : "";
}

async function sortBy(name, state) {
  await go({ sort: name, descending: state.sort === name && !state.descending ? "true" : null });
  document.querySelector(`[data-sort="${name}"]`)?.focus();
}

function summary(told, state, kept) {
  const { metric } = state;
  const some = ["counts", "search", ...Object.keys(FILTERS)].some((name) => state[name]);
  const lines = [h("p", { class: "lead" }, `${some ? "Of those shown, " : ""}${said(told)}.`)];
  const source = told.snapshot_date ? `Devices as of the snapshot of ${day(told.snapshot_date)}. ` : "";
  const zone = h("span", { class: "rows-zone" }, told.source === "devices" ? null : `Times are those of ${told.timezone}. `);
  lines.push(h("p", { class: "text-body-secondary small" }, zone, `${source}Published ${moment(told.published_at)} ${zoneAt(told.published_at)}.`));
  if (kept?.source === "manual") {
    const value = exact(kept.value, metric.unit, metric.decimals);
    const address = `/enter?period=${state.period}`;
    lines.push(h("p", { class: "w-100" }, icon("pencil-fill", "me-1"), `The value of ${period(state.period)} is ${value}, entered by ${kept.entered_by} instead. `, h("a", { href: address }, "Enter data")));
  }
  return lines;
}

/** "365 of 404 tickets count", and what they come to when that is not their number. */
function said(told) {
  const [one, many] = NAMES[told.source];
  const number = (value) => brief(value, "count");
  const words = `${number(told.counting)} of ${number(told.total)} ${told.total === 1 ? one : many} ${told.counting === 1 ? "counts" : "count"}`;
  return told.source === "time_entries" ? `${words}: ${exact(told.value, "hours")}` : words;
}

function file(query) {
  return h("a", { class: "btn btn-sm btn-outline-secondary", href: address("/metrics/rows.csv", query), download: "" }, icon("download", "me-1"), "CSV");
}

/** The filters that were followed from a cell, each with a way out. */
function chips(state) {
  return Object.entries(FILTERS)
    .filter(([name]) => state[name])
    .map(([name, label]) =>
      h("a", { class: "btn btn-sm btn-outline-secondary", href: addressWith({ [name]: null, page: null }) }, icon("funnel", "me-1"), `${label}: ${state[name]}`, icon("x-lg", "ms-2"), h("span", { class: "visually-hidden" }, " (show all again)")),
    );
}

function turning(told, page) {
  if (!told.rows.length && page === 1) return null;
  const last = told.offset + told.rows.length >= told.total;
  const button = (label, name, to, off) =>
    h("button", { class: "btn btn-sm btn-outline-secondary", type: "button", disabled: off, onclick: () => turnTo(to) }, name === "arrow-left" ? icon(name, "me-1") : null, label, name === "arrow-right" ? icon(name, "ms-1") : null);
  return [button("Previous", "arrow-left", page - 1, page === 1), h("span", {}, place(told)), button("Next", "arrow-right", page + 1, last)];
}

async function turnTo(page) {
  await go({ page: page === 1 ? null : page });
  byId("main").focus();
  window.scrollTo({ top: 0 });
}

function place(told) {
  if (!told.rows.length) return "none here";
  return `${brief(told.offset + 1, "count")} to ${brief(told.offset + told.rows.length, "count")} of ${brief(told.total, "count")}`;
}

function nothing(told, page) {
  if (!told.total) return note("No row is like that.");
  return note(`These rows have no page ${page}. `, h("a", { href: addressWith({ page: null }) }, "The first page"));
}

function note(...text) {
  return h("div", { class: "card card-body" }, h("p", { class: "mb-0" }, text));
}
