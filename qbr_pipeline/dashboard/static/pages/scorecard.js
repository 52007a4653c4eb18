// The 18 SmartNumbers of a period: value, change, the way here, and how each came about.

import { get } from "../api.js";
import { byId, h, icon, show, svg } from "../dom.js";
import { optgroups, SIGNS } from "../elements.js";
import { emptyState } from "../empty_state.js";
import { ABSENT, brief, change, exact, isQuarter, period, shortMonth } from "../format.js";
import { announce, start } from "../page.js";
import { findPeriod, newestFirst } from "../periods.js";
import { chosen, offerChoices, onPopState } from "../url_state.js";

const SPARK_MONTHS = 13;
const MOST_LARGE = 10; // letters of a value in large type
/** @type {Record<string, string[]>} */
const STATUS = { ok: [...SIGNS.good, "within thresholds"], warning: [...SIGNS.warning, "warning"], critical: [...SIGNS.bad, "critical"] };

/** @typedef {{metrics: Map<string, Metric>, growing: Set<string>}} Defined */
/** @typedef {Defined & {which: any, before: Map<string, number | null>, months: Table["months"], series: Map<string, (number | null)[]>}} Context */

start(async (isLatest) => {
  const [periods, definitions] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  /** @type {Defined} */
  const defined = {
    metrics: new Map(definitions.metrics.map((each) => [each.name, each])),
    growing: new Set(definitions.smartnumbers.filter((each) => each.accrues).map((each) => each.name)),
  };
  if (!periods.periods.length) return show(byId("groups"), emptyState());
  const quarters = newestFirst(periods.quarters);
  const choices = [...quarters, ...newestFirst(periods.periods)];
  const complete = periods.quarters.findLast((quarter) => quarter.is_complete);
  const selected = chosen(choices, complete?.period ?? quarters[0]);
  const groups = optgroups(choices, { heading: (each) => (isQuarter(each) ? "Quarters" : "Months"), option: (each) => [each, period(each)] });
  offerChoices(byId("period"), groups, selected, "period", (name) => start((isNewest) => showPeriod(name, periods, defined, isNewest)));
  await showPeriod(selected, periods, defined, isLatest);
});

onPopState(() => location.reload());

/** @param {string} name @param {Periods} periods @param {Defined} defined @param {() => boolean} isLatest */
async function showPeriod(name, periods, defined, isLatest) {
  const which = findPeriod(periods, name);
  const [now, before, table] = await Promise.all([
    get("/smartnumbers", { period: name }),
    findPeriod(periods, which.previous) ? get("/smartnumbers", { period: which.previous }) : null,
    get("/metrics/table", { to_period: which.last_month }),
  ]);
  if (!isLatest()) return; // another period was chosen meanwhile
  const context = {
    which,
    ...defined,
    before: new Map((before?.smartnumbers ?? []).map((each) => [each.name, each.value])),
    months: table.months.slice(-SPARK_MONTHS),
    series: new Map(table.smartnumbers.map((each) => [each.name, each.values.slice(-SPARK_MONTHS)])),
  };
  const groups = Map.groupBy(now.smartnumbers, (each) => each.group);
  show(byId("about"), `${period(name)}${now.is_over ? "" : ", in progress"}, compared with ${period(which.previous)}.`);
  show(byId("groups"), [
    [...groups].map(([group, numbers]) =>
      h("section", { class: "score-group", "data-count": numbers.length, "aria-labelledby": `group-${group}` }, [
        h("h2", { id: `group-${group}` }, group),
        h("div", { class: "score-cards" }, [numbers.map((number) => card(number, context))]),
      ]),
    ),
  ]);
  announce(`${period(name)} is shown`);
}

/** @param {SmartNumber} number @param {Context} context */
function card(number, context) {
  const before = context.before.get(number.name) ?? null;
  const absent = number.value === null;
  const value = brief(number.value, number.unit);
  const looks = `score-value${absent ? " absent" : ""}${value.length > MOST_LARGE ? " long" : ""}`;
  return h("article", { class: "card score", "data-status": number.status, "data-name": number.name }, [
    h("div", { class: "card-body" }, [
      h("div", { class: "score-name" }, h("h3", {}, number.label), number.note ? h("p", { class: "score-note" }, number.note) : null),
      h("div", { class: "score-row" }, [
        h("div", {}, h("div", { class: looks, title: exact(number.value, number.unit, number.decimals) }, value), changeMark(number, before, context)),
        h("a", { href: `/trends?name=${number.name}`, "aria-label": `${number.label}: trend` }, spark(context.series.get(number.name) ?? [], number, context.months)),
      ]),
      h("div", { class: "score-marks" }, marks(number, context)),
      h("details", {}, h("summary", {}, "How it is computed"), receipt(number, context)),
    ]),
  ]);
}

/** How far it moved, coloured by what is better; neutral where neither is, and while a value still grows through its period. @param {SmartNumber} number @param {number | null} before @param {Context} context */
function changeMark(number, before, { which, growing }) {
  const text = change(number.value, before, number.unit);
  if (text === null) return h("div", { class: "score-change text-body-secondary" }, "no comparison");
  const isSame = number.value === before;
  const isUp = (number.value ?? 0) > (before ?? 0);
  const [tone, words] = isSame ? NEUTRAL : direction(number, isUp, growing);
  return h("div", { class: `score-change ${tone}`, title: `${exact(before, number.unit, number.decimals)} in ${period(which.previous)}${words}` }, [
    isSame ? null : icon(isUp ? "arrow-up-short" : "arrow-down-short"),
    text,
    h("span", { class: "visually-hidden" }, words),
  ]);
}

const NEUTRAL = ["text-body-secondary", ""];

/** @param {SmartNumber} number @param {boolean} isUp @param {Set<string>} growing */
function direction(number, isUp, growing) {
  if (number.better === "neither" || (number.provisional && growing.has(number.name))) return NEUTRAL;
  return isUp === (number.better === "higher") ? ["text-good", ", better"] : ["text-bad", ", worse"];
}

/** @param {SmartNumber} number @param {Context} context */
function marks(number, context) {
  const made = [];
  const status = STATUS[number.status];
  if (status) made.push(h("span", { class: `badge bg-body border ${status[1]}` }, icon(status[0], "me-1"), status[2]));
  if (number.provisional && number.value !== null) {
    const used = number.months_used.length;
    const text = isQuarter(context.which.period) ? [h("span", { class: "visually-hidden" }, "provisional: "), `${used} of 3 months`] : ["provisional"];
    made.push(h("span", { class: "badge text-bg-secondary", title: "provisional" }, icon("hourglass-split", "me-1"), text));
  }
  return made;
}

/** Thirteen months as a line; a gap where a month is absent. @param {(number | null)[]} values @param {SmartNumber} number @param {Table["months"]} months */
function spark(values, number, months) {
  const present = values.filter((value) => value !== null);
  const least = Math.min(...present);
  const height = Math.max(...present) - least || 1;
  const x = (/** @type {number} */ index) => (index / Math.max(1, values.length - 1)) * 100;
  const y = (/** @type {number} */ value) => 28 - ((value - least) / height) * 26;
  let path = "";
  let broken = true;
  values.forEach((value, index) => {
    if (value !== null) path += `${broken ? "M" : "L"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    broken = value === null;
  });
  const ends = present.length ? `${brief(present[0], number.unit)} to ${brief(present.at(-1), number.unit)}` : "no value";
  const span = months.length ? `${shortMonth(months[0].period)} to ${shortMonth(months[months.length - 1].period)}` : "";
  const last = values.findLastIndex((value) => value !== null);
  return svg("svg", { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img" }, [
    svg("title", {}, `${span}: ${ends}`),
    svg("path", { d: path }),
    last >= 0 ? svg("path", { class: "last", d: `M${x(last)} ${y(values[last] ?? 0)}h0` }) : null,
  ]);
}

/** @param {SmartNumber} number @param {Context} context */
function receipt(number, context) {
  const inputs = Object.entries(number.inputs).map(([name, value]) => {
    const metric = /** @type {Metric} */ (context.metrics.get(name));
    return h("div", { class: "score-input" }, [
      h("a", { href: `/trends?name=${name}` }, metric.label),
      h("span", { class: "number" }, exact(value, metric.unit, metric.decimals)),
      h("div", {}, rowLinks(metric, number.months_used)),
    ]);
  });
  return [
    h("p", {}, labelled(number.formula, context.metrics)),
    ...inputs,
    h("p", {}, number.value === null ? absenceReason(number) : `= ${exact(number.value, number.unit, number.decimals)}`),
    h("p", {}, number.months_used.length ? `Months used: ${number.months_used.map(period).join(", ")}.` : "Months used: none."),
  ];
}

/** @param {SmartNumber} number */
function absenceReason(number) {
  return `${ABSENT} (no value) ${number.absent_because?.sentence ?? ""}`;
}

/** The tickets, entries, devices or accounts behind a metric, month by month. @param {Metric} metric @param {string[]} used */
function rowLinks(metric, used) {
  if (!metric.has_rows) return [];
  return used.map((month) => h("a", { class: "me-1", href: `/rows?metric=${metric.name}&period=${month}` }, `rows ${shortMonth(month)}`));
}

/** A formula with labels in place of keys. @param {string} formula @param {Map<string, Metric>} metrics */
function labelled(formula, metrics) {
  return formula.replace(/[a-z_][a-z0-9_]*/g, (word) => metrics.get(word)?.label ?? word);
}
