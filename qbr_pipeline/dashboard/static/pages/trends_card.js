// A chart with its title, its files, what is flagged in it, and its values as a table.

import { h, icon } from "../dom.js";
import { button } from "../elements.js";
import { concerns, findingItem, keyOf } from "../findings.js";
import { ABSENT, UNIT_NAMES, exact, period, sentence, shortMonth } from "../format.js";
import { linkOf } from "../links.js";
import { drawLines } from "./trends_chart.js";
import { saveCsv, savePicture } from "./trends_files.js";

/** @typedef {ReturnType<typeof import("./trends_state.js").limitsOf>} Limits */
/** @typedef {{id: string, title: string, series: Series[], limits: Limits, numbers: Map<string, AnyNumber>}} Chart */
/** @typedef {Chart & {months: Series["points"], unit: Unit, found: Map<string, Finding[]>}} Spec what is drawn, and the findings of its months */

/** The card of `series` (answers of /metrics/series, of one unit and the same months): its node, redraw() and destroy(). @param {Chart & {findings: Finding[]}} chart */
export function chartCard({ findings, ...chart }) {
  const { id, title, series } = chart;
  const months = series[0].points;
  const flagged = findings.filter((finding) => series.some((each) => concerns(finding, each.name)));
  const spec = { ...chart, months, unit: series[0].unit, found: bySeries(flagged, series) };
  const isEmpty = series.every((each) => each.points.every((point) => point.value === null));
  const canvas = h("canvas", { role: "img", "aria-label": chartDescription(spec) });
  const card = { node: /** @type {Node | null} */ (null), chart: /** @type {any} */ (null), redraw, destroy };

  function redraw() {
    destroy();
    if (!isEmpty && window.Chart) card.chart = drawLines(canvas, spec);
  }

  function destroy() {
    card.chart?.destroy();
    card.chart = null;
  }

  card.node = h("section", { class: "card trend", id: `trend-${id}`, "aria-labelledby": `title-${id}` }, [
    h("div", { class: "card-body" }, [
      h("div", { class: "trend-head" }, [h("div", {}, h("h2", { id: `title-${id}` }, title), h("p", {}, chartSubtitle(spec))), files(spec, () => card.chart, isEmpty)]),
      isEmpty ? noValues(spec) : window.Chart ? h("div", { class: "trend-canvas" }, canvas) : h("p", {}, "The chart could not be loaded; the table holds the values."),
      isEmpty ? null : key(spec, flagged),
      flagged.length ? flaggedList(flagged) : null,
      h("details", {}, h("summary", {}, "Values as a table"), table(spec)),
    ]),
  ]);
  return card;
}

/** The findings about each series in each month, and those that move it. @param {Finding[]} findings @param {Series[]} series */
function bySeries(findings, series) {
  const found = series.map(({ name }) =>
    Map.groupBy(
      findings.filter((finding) => concerns(finding, name)),
      (finding) => keyOf(name, finding.period),
    ),
  );
  return new Map(found.flatMap((each) => [...each]));
}

/** The unit and the months of a chart, in words. @param {Spec} spec */
export function chartSubtitle({ unit, months }) {
  return `${UNIT_NAMES[unit]}, ${period(months[0].period)} to ${period(months[months.length - 1].period)}`;
}

/** @param {Spec} spec */
function chartDescription(spec) {
  return `Line chart: ${spec.title}, ${chartSubtitle(spec)}. Its values are in the table below it.`;
}

/** @param {Spec} spec */
function noValues(spec) {
  const number = spec.numbers.get(spec.series[0].name);
  const isInput = number && "kind" in number && number.kind === "input";
  const href = isInput ? linkOf(number, null, spec.months[spec.months.length - 1].period) : null;
  return h("p", { class: "trend-empty" }, "There is no value in these months. ", href ? h("a", { href }, "Enter one") : null);
}

/** @param {Spec} spec @param {() => any} chart @param {boolean} isEmpty */
function files(spec, chart, isEmpty) {
  const save = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
    button([icon("download", "me-1"), text], onclick, { "aria-label": label, disabled: isEmpty });
  return h("div", { class: "btn-group", role: "group", "aria-label": `${spec.title} as a file` }, [
    save("PNG", `Save ${spec.title} as a PNG picture`, () => chart() && savePicture(spec, chart(), chartSubtitle(spec))),
    save("CSV", `Save ${spec.title} as CSV`, () => saveCsv(spec)),
  ]);
}

/** @param {Spec} spec @param {Finding[]} flagged */
function key(spec, flagged) {
  const entry = (/** @type {string} */ sign, /** @type {string} */ text) => h("li", {}, h("span", { "aria-hidden": "true" }, sign), ` ${text}`);
  const entries = [];
  if (spec.series.some((each) => each.points.some((point) => point.provisional && point.value !== null))) entries.push(entry("○", "in progress, provisional"));
  if (flagged.length) entries.push(entry("▲", "open finding"));
  return entries.length ? h("ul", { class: "trend-key" }, entries) : null;
}

/** @param {Finding[]} flagged */
function flaggedList(flagged) {
  const ordered = flagged.toSorted((one, other) => (one.period < other.period ? 1 : -1));
  return h("ul", { class: "trend-findings", "aria-label": "Open findings" }, [ordered.map((finding) => findingItem(finding, shortMonth(finding.period)))]);
}

/** @param {Spec} spec */
function table(spec) {
  const heads = spec.series.map((each) => h("th", { scope: "col", class: "number" }, spec.series.length > 1 ? each.label : "Value"));
  const rows = spec.months.map((month, index) => row(spec, month, index)).reverse();
  return h("div", { class: "trend-values" }, [
    h("table", { class: "table table-sm", "aria-label": `${spec.title}: values` }, [
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Month"), heads, h("th", { scope: "col" }, "Remarks"))),
      h("tbody", {}, rows),
    ]),
  ]);
}

/** @param {Spec} spec @param {Spec["months"][number]} month @param {number} index */
function row(spec, month, index) {
  const remarks = spec.series.flatMap((each) => remarksOf(spec, each, month.period));
  if (month.provisional) remarks.unshift("In progress, provisional.");
  return h("tr", {}, [h("th", { scope: "row" }, period(month.period)), spec.series.map((each) => valueCell(spec, each, each.points[index])), h("td", {}, remarks.join(" "))]);
}

/** @param {Spec} spec @param {Series} series @param {Series["points"][number]} point */
function valueCell(spec, series, point) {
  const number = spec.numbers.get(series.name);
  const href = number ? linkOf(number, null, point.period) : null;
  const text = exact(point.value, series.unit, series.decimals);
  return h("td", { class: point.value === null ? "number absent" : "number" }, href && text !== ABSENT ? h("a", { href }, text) : text);
}

/** The sentences of the open findings of a series in a month. @param {Spec} spec @param {Series} series @param {string} month */
function remarksOf(spec, series, month) {
  return (spec.found.get(keyOf(series.name, month)) ?? []).map((finding) => sentence(finding.sentence));
}
