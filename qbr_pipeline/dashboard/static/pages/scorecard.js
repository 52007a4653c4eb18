// The 18 SmartNumbers of a period: value, change, the way here, and how each came about.

import { get } from "../api.js";
import { byId, h, icon, show, svg } from "../dom.js";
import { ABSENT, brief, change, exact, period, previous, shortMonth } from "../format.js";
import { nothingYet } from "../nothing.js";
import { say, start } from "../page.js";
import { chosen, isComplete, months, offer, quarters } from "../periods.js";
import { onReturn } from "../steps.js";

const SPARK_MONTHS = 13;
const MOST_LARGE = 10; // letters of a value in large type
const STATUS = {
  ok: ["check-circle-fill", "text-good", "within thresholds"],
  warning: ["exclamation-triangle-fill", "text-warn", "warning"],
  critical: ["x-circle-fill", "text-bad", "critical"],
};

start(async (isLatest) => {
  const [told, definitions] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  const defined = {
    metrics: new Map(definitions.metrics.map((each) => [each.name, each])),
    growing: new Set(definitions.smartnumbers.filter((each) => each.accrues).map((each) => each.name)),
  };
  if (!told.periods.length) {
    show(byId("groups"), nothingYet());
    return;
  }
  const choices = { Quarters: quarters(told), Months: months(told) };
  const usual = choices.Quarters.find((quarter) => isComplete(told, quarter)) ?? choices.Quarters[0];
  const wanted = chosen([...choices.Quarters, ...choices.Months], usual);
  const fill = (which) => start((isLatest) => showPeriod(which, told, defined, isLatest));
  offer(byId("period"), choices, wanted, fill);
  await showPeriod(wanted, told, defined, isLatest);
});

onReturn(() => location.reload());

async function showPeriod(which, told, defined, isLatest) {
  const last = lastMonth(which, told);
  const [now, before, table] = await Promise.all([
    get("/smartnumbers", { period: which }),
    isKept(previous(which), told) ? get("/smartnumbers", { period: previous(which) }) : null,
    get("/metrics/table", { to_period: last }),
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
  show(byId("about"), about(now));
  show(
    byId("groups"),
    [...groups].map(([group, numbers]) =>
      h(
        "section",
        { class: "score-group", "data-count": numbers.length, "aria-labelledby": `group-${group}` },
        h("h2", { id: `group-${group}` }, group),
        h("div", { class: "score-cards" }, numbers.map((number) => card(number, context))),
      ),
    ),
  );
  say(`${period(which)} is shown`);
}

/** Whether anything is kept of a month or quarter. */
function isKept(which, told) {
  return told.periods.some((each) => each.period === which || each.quarter === which);
}

/** The last month of a period that has begun. */
function lastMonth(which, told) {
  if (!which.includes("Q")) return which;
  const [year, quarter] = which.split("-Q").map(Number);
  const end = `${year}-${String(quarter * 3).padStart(2, "0")}`;
  return end < told.current_period ? end : told.current_period;
}

function about(now) {
  const against = period(previous(now.period));
  return `${period(now.period)}${now.is_over ? "" : ", in progress"}, changes against ${against}.`;
}

function card(number, context) {
  const before = context.before.get(number.name) ?? null;
  const absent = number.value === null;
  const value = brief(number.value, number.unit);
  const looks = `score-value${absent ? " absent" : ""}${value.length > MOST_LARGE ? " long" : ""}`;
  return h(
    "article",
    { class: "card score", "data-status": number.status, "data-name": number.name },
    h(
      "div",
      { class: "card-body" },
      h("h3", {}, number.label),
      h(
        "div",
        { class: "score-row" },
        h(
          "div",
          {},
          h("div", { class: looks, title: exact(number.value, number.unit, number.decimals) }, value),
          changeMark(number, before, context),
        ),
        h("a", { href: `/trends?name=${number.name}`, "aria-label": `${number.label}: trend` }, spark(context.series.get(number.name), number, context.months)),
      ),
      h("div", { class: "score-marks" }, marks(number, context)),
      h("details", {}, h("summary", {}, "How it came about"), receipt(number, context)),
    ),
  );
}

/** How far it moved, coloured by what is better; what still grows while its period lasts is not judged. */
function changeMark(number, before, { which, growing }) {
  const text = change(number.value, before, number.unit);
  if (text === null) return h("div", { class: "score-change text-body-secondary" }, "no comparison");
  const up = number.value > before;
  const same = number.value === before;
  const isUnjudged = number.better === "neither" || same || (number.provisional && growing.has(number.name));
  const good = isUnjudged ? null : up === (number.better === "higher");
  const tone = good === null ? "text-body-secondary" : good ? "text-good" : "text-bad";
  const words = good === null ? "" : good ? ", better" : ", worse";
  const title = `${exact(before, number.unit, number.decimals)} in ${period(previous(which))}${words}`;
  return h(
    "div",
    { class: `score-change ${tone}`, title },
    same ? null : icon(up ? "arrow-up-short" : "arrow-down-short"),
    text,
    h("span", { class: "visually-hidden" }, words),
  );
}

function marks(number, context) {
  const made = [];
  const status = STATUS[number.status];
  if (status) made.push(h("span", { class: `badge bg-body border ${status[1]}` }, icon(status[0], "me-1"), status[2]));
  if (number.provisional && number.value !== null) {
    const used = number.months_used.length;
    const isQuarter = context.which.includes("Q");
    const text = isQuarter ? [h("span", { class: "visually-hidden" }, "provisional: "), `${used} of 3 months`] : ["provisional"];
    made.push(h("span", { class: "badge text-bg-secondary", title: "provisional" }, icon("hourglass-split", "me-1"), text));
  }
  return made;
}

/** Thirteen months as a line; a gap where a month is absent. */
function spark(values, number, shown) {
  const present = values.filter((value) => value !== null);
  const least = Math.min(...present);
  const height = Math.max(...present) - least || 1;
  const x = (place) => (place / Math.max(1, values.length - 1)) * 100;
  const y = (value) => 28 - ((value - least) / height) * 26;
  let path = "";
  let broken = true;
  values.forEach((value, place) => {
    if (value !== null) path += `${broken ? "M" : "L"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
    broken = value === null;
  });
  const ends = present.length ? `${brief(present[0], number.unit)} to ${brief(present.at(-1), number.unit)}` : "no value";
  const span = shown.length ? `${shortMonth(shown[0].period)} to ${shortMonth(shown.at(-1).period)}` : "";
  const last = values.findLastIndex((value) => value !== null);
  return svg(
    "svg",
    { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img" },
    svg("title", {}, `${span}: ${ends}`),
    svg("path", { d: path }),
    last >= 0 ? svg("path", { class: "last", d: `M${x(last)} ${y(values[last])}h0` }) : null,
  );
}

function receipt(number, context) {
  const inputs = Object.entries(number.inputs).map(([name, value]) => {
    const metric = context.metrics.get(name);
    return h(
      "div",
      { class: "score-input" },
      h("a", { href: `/trends?name=${name}` }, metric.label),
      h("span", { class: "number" }, exact(value, metric.unit, metric.decimals)),
      h("div", {}, rowLinks(metric, number.months_used)),
    );
  });
  return [
    h("p", {}, labelled(number.formula, context.metrics)),
    ...inputs,
    h("p", {}, number.value === null ? whyAbsent(number) : `= ${exact(number.value, number.unit, number.decimals)}`),
    h("p", {}, number.months_used.length ? `Months used: ${number.months_used.map(period).join(", ")}.` : `Months used: none.`),
  ];
}

function whyAbsent(number) {
  return `${ABSENT} (${number.method.split("; ").find((part) => part.startsWith("no value")) ?? "no value"})`;
}

/** The tickets, entries or devices behind a collected metric, month by month. */
function rowLinks(metric, used) {
  if (metric.kind !== "collected") return [];
  return used.map((month) => h("a", { class: "me-1", href: `/rows?metric=${metric.name}&period=${month}` }, `rows ${shortMonth(month)}`));
}

/** A formula with labels in place of keys. */
function labelled(formula, metrics) {
  return formula.replace(/[a-z_][a-z0-9_]*/g, (word) => metrics.get(word)?.label ?? word);
}
