// A chart with its title, its files, what is flagged in it, and its values as a table.

import { h, icon } from "../dom.js";
import { concerns, findingItem, keyOf } from "../findings.js";
import { ABSENT, exact, period, shortMonth, UNIT_NAMES } from "../format.js";
import { sentence } from "../page.js";
import { placeOf } from "../places.js";
import { drawLines } from "./trends_chart.js";
import { saveCsv, savePicture } from "./trends_files.js";

/** The card of `series` (answers of /metrics/series, of one unit and the same months): its node, redraw() and destroy(). */
export function chartCard({ id, title, series, limits, findings, numbers }) {
  const months = series[0].points;
  const told = findings.filter((finding) => series.some((each) => concerns(finding, each.name)));
  const spec = { id, title, series, limits, months, unit: series[0].unit, numbers, found: bySeries(told, series) };
  const isEmpty = series.every((each) => each.points.every((point) => point.value === null));
  const canvas = h("canvas", { role: "img", "aria-label": spoken(spec) });
  const card = { node: null, chart: null, redraw, destroy };

  function redraw() {
    destroy();
    if (!isEmpty && window.Chart) card.chart = drawLines(canvas, spec);
  }

  function destroy() {
    card.chart?.destroy();
    card.chart = null;
  }

  card.node = h(
    "section",
    { class: "card trend", id: `trend-${id}`, "aria-labelledby": `title-${id}` },
    h(
      "div",
      { class: "card-body" },
      h("div", { class: "trend-head" }, h("div", {}, h("h2", { id: `title-${id}` }, title), h("p", {}, reach(spec))), files(spec, () => card.chart, isEmpty)),
      isEmpty ? nothing(spec) : window.Chart ? h("div", { class: "trend-canvas" }, canvas) : h("p", {}, "The chart could not be loaded; the table holds the values."),
      isEmpty ? null : key(spec, told),
      told.length ? flagged(told) : null,
      h("details", {}, h("summary", {}, "Values as a table"), table(spec)),
    ),
  );
  return card;
}

/** The findings about each series in each month, and those that move it. */
function bySeries(findings, series) {
  const found = series.map(({ name }) => Map.groupBy(findings.filter((finding) => concerns(finding, name)), (finding) => keyOf(name, finding.period)));
  return new Map(found.flatMap((each) => [...each]));
}

/** The unit and the months of a chart, in words. */
export function reach({ unit, months }) {
  return `${UNIT_NAMES[unit]}, ${period(months[0].period)} to ${period(months.at(-1).period)}`;
}

function spoken(spec) {
  return `Line chart: ${spec.title}, ${reach(spec)}. Its values are in the table below it.`;
}

function nothing(spec) {
  const number = spec.numbers.get(spec.series[0].name);
  const place = number.kind ? placeOf(number, null, spec.months.at(-1).period) : null;
  const way = place && number.kind === "input" ? h("a", { href: place }, "Enter one") : null;
  return h("p", { class: "trend-empty" }, "No value is kept in these months. ", way);
}

function files(spec, chart, isEmpty) {
  const button = (text, label, save) => h("button", { class: "btn btn-sm btn-outline-secondary", type: "button", "aria-label": label, disabled: isEmpty, onclick: save }, icon("download", "me-1"), text);
  return h(
    "div",
    { class: "btn-group", role: "group", "aria-label": `${spec.title} as a file` },
    button("PNG", `Save ${spec.title} as a PNG picture`, () => chart() && savePicture(spec, chart(), reach(spec))),
    button("CSV", `Save ${spec.title} as CSV`, () => saveCsv(spec)),
  );
}

function key(spec, told) {
  const entry = (sign, text) => h("li", {}, h("span", { "aria-hidden": "true" }, sign), ` ${text}`);
  const entries = [];
  if (spec.series.some((each) => each.points.some((point) => point.provisional && point.value !== null))) entries.push(entry("○", "in progress, provisional"));
  if (told.length) entries.push(entry("▲", "open finding"));
  return entries.length ? h("ul", { class: "trend-key" }, entries) : null;
}

function flagged(told) {
  const ordered = told.toSorted((one, other) => (one.period < other.period ? 1 : -1));
  return h("ul", { class: "trend-findings", "aria-label": "Open findings" }, ordered.map((finding) => findingItem(finding, shortMonth(finding.period))));
}

function table(spec) {
  const heads = spec.series.map((each) => h("th", { scope: "col", class: "number" }, spec.series.length > 1 ? each.label : "Value"));
  const rows = spec.months.map((month, place) => row(spec, month, place)).reverse();
  return h(
    "div",
    { class: "trend-values" },
    h(
      "table",
      { class: "table table-sm", "aria-label": `${spec.title}: values` },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Month"), heads, h("th", { scope: "col" }, "Remarks"))),
      h("tbody", {}, rows),
    ),
  );
}

function row(spec, month, place) {
  const remarks = spec.series.flatMap((each) => remarksOf(spec, each, month.period));
  if (month.provisional) remarks.unshift("In progress, provisional.");
  return h("tr", {}, h("th", { scope: "row" }, period(month.period)), spec.series.map((each) => valueCell(spec, each, each.points[place])), h("td", {}, remarks.join(" ")));
}

function valueCell(spec, series, point) {
  const number = spec.numbers.get(series.name);
  const place = number.kind ? placeOf(number, null, point.period) : null;
  const text = exact(point.value, series.unit, series.decimals);
  return h("td", { class: point.value === null ? "number absent" : "number" }, place && text !== ABSENT ? h("a", { href: place }, text) : text);
}

/** The sentences of the open findings of a series in a month. */
function remarksOf(spec, series, month) {
  return (spec.found.get(keyOf(series.name, month)) ?? []).map((finding) => sentence(finding.sentence));
}
