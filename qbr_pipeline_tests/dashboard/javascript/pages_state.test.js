// The states of the pages that show months, rows and trends: what the address asks for, and what follows from it.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as months from "../../../qbr_pipeline/dashboard/static/pages/months_state.js";
import * as rows from "../../../qbr_pipeline/dashboard/static/pages/rows_state.js";
import * as trends from "../../../qbr_pipeline/dashboard/static/pages/trends_state.js";

const twelve = (year) => Array.from({ length: 12 }, (_, index) => `${year}-${String(index + 1).padStart(2, "0")}`);
const year = (name, last) => ({ year: String(name), months: twelve(name), last_month: last, previous_year: String(name - 1), previous_months: twelve(name - 1) });

const PERIODS = {
  current_period: "2025-06",
  periods: [
    { period: "2024-12", vendors: [{ vendor: "ConnectWise" }] },
    { period: "2025-05", vendors: [] },
  ],
  quarters: [],
  years: [year(2024, "2024-12"), year(2025, "2025-06")],
  recent: Array.from({ length: 36 }, (_, index) => ({ period: `month ${index} before` })),
};
const DEFINITIONS = {
  smartnumbers: [{ name: "rhem", label: "RHEM" }],
  metrics: [
    { name: "tickets", label: "Tickets", kind: "collected", has_rows: true, vendor: "ConnectWise" },
    { name: "mrr", label: "MRR", kind: "input", vendor: "Manual" },
    { name: "endpoints", label: "Endpoints", kind: "collected", has_rows: true, vendor: "Ninja" },
  ],
};

test("the months page shows the newest year, and asks for what of it has begun and for all of the year before", () => {
  const state = months.selectYear(months.initialState(PERIODS), null);
  assert.deepEqual([state.selected.year, state.notice], ["2025", null]);
  assert.deepEqual(months.queries(state), { now: { from_period: "2025-01", to_period: "2025-06" }, prior: { from_period: "2024-01", to_period: "2024-12" } });
  assert.deepEqual(months.fileMonths(state), ["2025-05"]);
});

test("another year is another state, and one that is not there says so", () => {
  const first = months.initialState(PERIODS);
  const chosen = months.selectYear(first, "2024");
  assert.deepEqual([chosen.selected.year, months.fileMonths(chosen)], ["2024", ["2024-12"]]);
  assert.match(months.selectYear(first, "2019").notice, /^2019 cannot be shown/);
  assert.equal(first.notice, null);
});

test("a year has twelve columns, and months that have not begun hold nothing", () => {
  const columns = months.columns(twelve(2025), {
    months: [
      { period: "2025-01", is_over: true },
      { period: "2025-02", is_over: false },
    ],
  });
  assert.equal(columns.length, 12);
  assert.deepEqual(
    columns.slice(0, 3).map((each) => [each.index, each.is_over]),
    [
      [0, true],
      [1, false],
      [null, false],
    ],
  );
});

test("a year in progress says which month is provisional", () => {
  const state = months.selectYear(months.initialState(PERIODS), null);
  assert.match(months.description(state, { months: [{ period: "2025-06", is_over: false }] }), /June 2025 is in progress/);
  assert.equal(months.description(state, { months: [{ period: "2025-06", is_over: true }] }), "2025, all twelve months.");
});

test("the rows page asks for what its address says, from the row where its page begins", () => {
  const state = rows.readState(rows.choicesOf(PERIODS, DEFINITIONS), "?metric=tickets&period=2024-12&board=Help&sort=company&descending=true&page=3");
  assert.deepEqual(rows.parameters(state), {
    metric_name: "tickets",
    period: "2024-12",
    counts: null,
    search: null,
    reason: null,
    company: null,
    board: "Help",
    sort: "company",
    descending: true,
  });
  assert.deepEqual(rows.slice(state), { limit: 50, offset: 100 });
  assert.deepEqual(rows.followed(state), [{ name: "board", label: "Board", value: "Help" }]);
  assert.deepEqual([rows.isFiltered(state), state.isPublished], [true, true]);
});

test("only collected metrics have rows, and only months that are published", () => {
  const choices = rows.choicesOf(PERIODS, DEFINITIONS);
  const state = rows.readState(choices, "?metric=mrr&period=2025-05");
  assert.deepEqual([state.metric.name, state.isPublished], ["tickets", false]);
  assert.match(state.notices.metric, /there is no collected metric of that name/);
  assert.equal(state.notices.period, null);
});

test("a page that is no number is the first", () => {
  for (const page of ["", "0", "-4", "x", "1e9x"]) assert.equal(rows.readState(rows.choicesOf(PERIODS, DEFINITIONS), `?page=${page}`).page, 1, page);
});

test("a heading sorts by its column, and the other way round when it is pressed again", () => {
  const state = rows.readState(rows.choicesOf(PERIODS, DEFINITIONS), "?sort=company");
  assert.deepEqual(rows.sortedBy(state, "company"), { sort: "company", descending: "true" });
  assert.deepEqual(rows.sortedBy({ ...state, isDescending: true }, "company"), { sort: "company", descending: null });
  assert.deepEqual(rows.sortedBy(state, "board"), { sort: "board", descending: null });
});

test("another metric gives up the filters and the order of the one before", () => {
  assert.deepEqual(rows.withMetric("endpoints"), { metric: "endpoints", reason: null, company: null, board: null, sort: null, descending: null });
});

test("the trends page keeps what is not chosen anew, and asks for as many months as it shows", () => {
  const first = trends.initialState(PERIODS, DEFINITIONS);
  const state = trends.select(trends.select(first, { name: "mrr" }), { months: "24" });
  assert.deepEqual([state.name, state.span], ["mrr", "24"]);
  assert.deepEqual(trends.query(state), { from_period: "month 23 before", to_period: "month 0 before" });
  assert.deepEqual([first.name, first.span], ["rhem", "13"]);
});

test("a number and a span that are not there are named, and the usual ones stay", () => {
  const state = trends.select(trends.initialState(PERIODS, DEFINITIONS), { name: "x", months: "17" });
  assert.deepEqual([state.name, state.span], ["rhem", "13"]);
  assert.equal(state.notices.name, '"x" cannot be shown: there is no number of that name. You see RHEM instead.');
  assert.equal(state.notices.months, "17 months cannot be shown: expected 13, 24 or 36. You see 13 months instead.");
});

test("a chart has the thresholds of its own series, in its unit", () => {
  const thresholds = [
    { metric_name: "mrr", threshold_type: "warning", threshold_value: 900 },
    { metric_name: "other", threshold_type: "critical", threshold_value: 1 },
  ];
  assert.deepEqual(trends.limitsOf({ name: "mrr", unit: "dollars", decimals: 2 }, thresholds), [{ type: "warning", value: 900, label: "warning at $900.00" }]);
});
