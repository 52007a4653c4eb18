// The table of the months page: its rows, its cells and what their marks mean.

import { h, icon } from "../dom.js";
import { SIGNS } from "../elements.js";
import { bySubject, findingItem, keyOf, toneOf } from "../findings.js";
import { ABSENT, brief, count, exact, period, sentence, shortMonth } from "../format.js";
import { linkOf } from "../links.js";
import { columns } from "./months_state.js";

/** The totals, and the collected metrics, have a line of the year before under them. */
const COMPARED = new Set(["total_revenue", "total_expenses", "net_profit"]);

/** @typedef {import("./months_state.js").Year} Year @typedef {ReturnType<typeof columns>[number]} Column @typedef {Table["metrics"][number]} Line @typedef {Map<string, Finding[]>} Found */
/** @typedef {ReturnType<typeof contextOf>} Context */

/** @type {Record<Metric["aggregation"], (months: number) => string>} */
const ROLL_UPS = {
  sum: (months) => `total of ${months}`,
  average: (months) => `average of ${months}`,
  last: () => "last",
  "ratio of sums": () => "ratio",
  "ratio of sum to average": () => "ratio",
};

/** @type {Record<string, string[]>} */
const STATUS = { warning: [...SIGNS.warning, "warning threshold reached"], critical: [...SIGNS.bad, "critical threshold reached"] };

/** The `year` (of the answer of /periods) as `now` holds it (an answer of /metrics/table), with lines of the year before, `prior`, under the totals.
 * @param {{year: Year, metrics: Metric[], now: Table, prior: Table, findings: Finding[]}} shown @returns {HTMLTableElement} */
export function monthsTable({ metrics, ...shown }) {
  const context = contextOf(shown);
  const sections = Map.groupBy(metrics, (metric) => metric.section);
  return h("table", { class: "table months", "aria-label": `Metrics of ${context.year} by month` }, [
    heading(context),
    [...sections].map(([section, members]) => sectionBody(section, members, context)),
  ]);
}

/** @param {{year: Year, now: Table, prior: Table, findings: Finding[]}} shown */
function contextOf({ year, now, prior, findings }) {
  return {
    months: columns(year.months, now),
    before: columns(year.previous_months, prior),
    lines: linesOf(now),
    prior: linesOf(prior),
    found: bySubject(findings),
    year: year.year,
    yearBefore: year.previous_year,
  };
}

/** @param {Table} table */
function linesOf(table) {
  return new Map(table.metrics.map((line) => [line.name, line]));
}

/** @param {Context} context */
function heading(context) {
  const isOver = context.months.every((month) => month.is_over);
  return h("thead", {}, [
    h("tr", {}, [
      h("th", { scope: "col", class: "first" }, "Metric"),
      context.months.map(monthHeading),
      h("th", { scope: "col", class: "number together", "data-plain": context.year }, isOver ? context.year : `${context.year} so far`),
    ]),
  ]);
}

/** @param {Column} month */
function monthHeading(month) {
  const name = shortMonth(month.period);
  const classes = month.index === null ? "number not-begun" : month.is_over ? "number" : "number in-progress";
  const inProgress = month.index !== null && !month.is_over ? [icon("hourglass-split", "me-1"), h("span", { class: "visually-hidden" }, "in progress: ")] : [];
  return h("th", { scope: "col", class: classes, "data-plain": month.period, title: inProgress.length ? "In progress: provisional" : null }, inProgress, name);
}

/** @param {string} section @param {Metric[]} metrics @param {Context} context */
function sectionBody(section, metrics, context) {
  return h("tbody", {}, [
    h("tr", { class: "section" }, h("th", { scope: "rowgroup", colspan: context.months.length + 2 }, h("span", {}, section))),
    metrics.flatMap((metric) => (isCompared(metric) ? [row(metric, context), priorRow(metric, context)] : [row(metric, context)])),
  ]);
}

/** @param {Metric} metric */
function isCompared(metric) {
  return metric.kind === "collected" || COMPARED.has(metric.name);
}

/** @param {Metric} metric @param {Context} context */
function row(metric, context) {
  const line = /** @type {Line} */ (context.lines.get(metric.name));
  return h("tr", { "data-name": metric.name, class: metric.kind === "derived" ? "derived" : null }, [
    h("th", { scope: "row", class: "first" }, h("a", { href: `/trends?name=${metric.name}`, draggable: "false" }, metric.label)),
    context.months.map((month) => cell(metric, line, month, context.found)),
    totalCell(metric, line),
  ]);
}

/** @param {Metric} metric @param {Context} context */
function priorRow(metric, context) {
  const line = /** @type {Line} */ (context.prior.get(metric.name));
  const label = `${metric.label}, ${context.yearBefore}`;
  return h("tr", { "data-name": metric.name, class: "prior" }, [
    h("th", { scope: "row", class: "first", "data-plain": label }, [h("span", { class: "visually-hidden" }, `${metric.label}, `), `prior year, ${context.yearBefore}`]),
    context.before.map((month) => priorCell(metric, line, month)),
    totalCell(metric, line),
  ]);
}

/** @param {Metric} metric @param {Line} line @param {Column} month */
function priorCell(metric, line, month) {
  const value = month.index === null ? null : line.values[month.index];
  return valueCell(value, { title: title(metric, value, month) }, h("span", {}, brief(value, metric.unit)));
}

/** @param {Metric} metric @param {Line} line @param {Column} month @param {Found} found */
function cell(metric, line, month, found) {
  if (month.index === null) return h("td", { class: "number not-begun", "data-plain": "" });
  const value = line.values[month.index];
  const source = line.sources[month.index];
  const findings = found.get(keyOf(metric.name, month.period)) ?? [];
  const text = brief(value, metric.unit);
  const href = linkOf(metric, source, month.period);
  const attributes = { title: title(metric, value, month, source), "data-source": source, class: month.is_over ? "" : "in-progress" };
  return valueCell(value, attributes, marksOf(metric, source, line.statuses[month.index], findings), href ? h("a", { href, draggable: "false" }, text) : h("span", {}, text));
}

/** @param {number | null} value @param {Record<string, any>} attributes @param {Children[]} children */
function valueCell(value, attributes, ...children) {
  const classes = ["number", value === null ? "absent" : "", attributes.class ?? ""].filter(Boolean).join(" ");
  return h("td", { ...attributes, class: classes, "data-plain": value === null ? "" : String(value) }, ...children);
}

/** @param {Metric} metric @param {number | null} value @param {Column} month @param {string | null} source */
function title(metric, value, month, source = null) {
  const from = source === "manual" ? ", entered by hand" : source ? `, ${source}` : "";
  const provisional = month.is_over || value === null ? "" : ", provisional";
  return `${metric.label}, ${period(month.period)}: ${value === null ? "absent" : exact(value, metric.unit, metric.decimals)}${from}${provisional}`;
}

/** @param {Metric} metric @param {string | null} source @param {string} status @param {Finding[]} findings */
function marksOf(metric, source, status, findings) {
  const made = [];
  if (source === "manual" && metric.kind === "input") made.push(h("span", { class: "manual-mark" }, hidden("entered by hand")));
  if (source === "manual" && metric.kind !== "input") made.push(mark("pencil-fill", "text-override", replacing(metric)));
  if (STATUS[status]) made.push(mark(STATUS[status][0], STATUS[status][1], STATUS[status][2]));
  const others = findings.filter((finding) => finding.rule !== "threshold" || !STATUS[status]);
  if (others.length) {
    made.push(mark("flag-fill", others.some((each) => toneOf(each) === "text-bad") ? "text-bad" : "text-warn", others.map((each) => sentence(each.sentence)).join(" ")));
  }
  return made;
}

/** @param {Metric} metric */
function replacing(metric) {
  return `entered by hand in place of the ${metric.kind === "collected" ? "collected" : "computed"} value`;
}

/** @param {string} name @param {string} classes @param {string} text */
function mark(name, classes, text) {
  return h("span", { class: `cell-mark ${classes}`, title: text }, icon(name), hidden(text));
}

/** @param {string} text */
function hidden(text) {
  return h("span", { class: "visually-hidden" }, `${text}: `);
}

/** All months of a line by the rule of its metric, as the API took them together. @param {Metric} metric @param {Line} line */
function totalCell(metric, line) {
  const used = line.months_used.length;
  const word = used ? ROLL_UPS[metric.aggregation](used) : "";
  const months = line.months_used.map(shortMonth).join(", ");
  const attributes = { class: "together", title: used ? `${metric.aggregation} of ${months}: ${exact(line.together, metric.unit, metric.decimals)}` : null };
  return valueCell(line.together, attributes, h("div", {}, h("span", { class: "rule" }, word), h("span", {}, brief(line.together, metric.unit))));
}

/** What the marks mean. */
export function legend() {
  const entry = (/** @type {Children} */ sign, /** @type {string} */ text) => h("li", {}, sign, text);
  const sign = (/** @type {string} */ name, /** @type {string} */ classes) => icon(name, `${classes} me-1`);
  return h("ul", { class: "legend", "aria-label": "What the marks mean" }, [
    entry(h("span", { class: "manual-sample me-1" }), "entered by hand"),
    entry(sign("pencil-fill", "text-override"), "by hand in place of a collected or computed value"),
    entry(sign("flag-fill", "text-warn"), "open finding"),
    entry(sign(...SIGNS.warning), "warning threshold"),
    entry(sign(...SIGNS.bad), "critical threshold"),
    entry(sign("hourglass-split", ""), "in progress, provisional"),
    entry(h("span", { class: "me-1" }, ABSENT), "absent"),
    entry(null, "Arrow keys move through the cells; with Shift they select several. Copied cells are plain numbers."),
  ]);
}

/** The open findings of the metrics, in words. @param {Finding[]} findings @param {Metric[]} metrics */
export function remarks(findings, metrics) {
  const labels = new Map(metrics.map((metric) => [metric.name, metric.label]));
  const listed = findings.filter((finding) => labels.has(finding.subject));
  if (!listed.length) return null;
  const item = (/** @type {Finding} */ finding) => findingItem(finding, `${shortMonth(finding.period)}, ${labels.get(finding.subject)}`);
  return h("details", { class: "remarks" }, [
    h("summary", {}, count(listed.length, "open finding")),
    h("ul", {}, listed.map(item)),
    h("p", {}, h("a", { href: "/health" }, "All findings")),
  ]);
}
