// Any number over 13 to 36 months, tickets created against closed, and hours a month.

import { get } from "../api.js";
import { byId, h, show } from "../dom.js";
import { openFindings } from "../findings.js";
import { exact, plusMonths } from "../format.js";
import { nothingYet } from "../nothing.js";
import { notice, say, start } from "../page.js";
import { chosen } from "../periods.js";
import { onReturn, step } from "../steps.js";
import { chartCard } from "./trends_card.js";

const SPANS = ["13", "24", "36"];
const CREATED = "reactive_tickets_created";
const CLOSED = "reactive_tickets_closed";
const HOURS = "reactive_time_spent";

let drawn = [];

start(async (isLatest) => {
  const [told, definitions] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  const numbers = [...definitions.smartnumbers, ...definitions.metrics];
  const names = numbers.map((each) => each.name);
  const labelOf = (name) => numbers.find((each) => each.name === name)?.label ?? `"${name}"`;
  const fill = () => start((isLatest) => showTrends(byId("name").value, byId("span").value, numbers, told, isLatest));
  offer(byId("name"), nameGroups(definitions), chosen(names, names[0], { name: "name", because: "there is no number of that name", told: labelOf }), fill, "name");
  offer(byId("span"), [h("optgroup", { label: "Until now" }, SPANS.map((each) => h("option", { value: each }, spanOf(each))))], chosen(SPANS, SPANS[0], { name: "months", because: "expected 13, 24 or 36", told: spanOf }), fill, "months");
  if (!told.periods.length) show(byId("trends"), nothingYet());
  else await showTrends(byId("name").value, byId("span").value, numbers, told, isLatest);
});

onReturn(() => location.reload());
document.addEventListener("qbr-theme", () => drawn.forEach((each) => each.redraw()));

function spanOf(count) {
  return `${count} months`;
}

function nameGroups(definitions) {
  const option = (each) => h("option", { value: each.name }, each.label);
  const groups = (kind, numbers, of) => [...Map.groupBy(numbers, of)].map(([label, those]) => h("optgroup", { label: `${kind}: ${label}` }, those.map(option)));
  return [...groups("SmartNumbers", definitions.smartnumbers, (each) => each.group), ...groups("Metrics", definitions.metrics, (each) => each.section)];
}

function offer(select, options, current, then, parameter) {
  show(select, options);
  select.value = current;
  select.onchange = () => {
    step({ [parameter]: select.value });
    notice(parameter, null);
    then();
  };
}

async function showTrends(name, span, numbers, told, isLatest) {
  const months = { from_period: plusMonths(told.current_period, 1 - Number(span)), to_period: told.current_period };
  const series = (which) => get("/metrics/series", { name: which, ...months });
  const [main, created, closed, hours, limits, findings] = await Promise.all([
    series(name),
    series(CREATED),
    series(CLOSED),
    series(HOURS),
    get("/thresholds"),
    openFindings(months),
  ]);
  if (!isLatest()) return; // another choice was made meanwhile
  const common = { numbers: new Map(numbers.map((each) => [each.name, each])), findings };
  const cards = [
    chartCard({ ...common, id: "number", title: main.label, series: [main], limits: limitsOf(main, limits.thresholds) }),
    chartCard({ ...common, id: "tickets", title: "Reactive tickets created and closed", series: [named(created, "Created"), named(closed, "Closed")], limits: [] }),
    chartCard({ ...common, id: "hours", title: "Hours on reactive tickets", series: [hours], limits: [] }),
  ];
  drawn.forEach((each) => each.destroy());
  show(byId("trends"), cards.map((each) => each.node));
  drawn = cards;
  drawn.forEach((each) => each.redraw());
  say(`${main.label} over ${span} months is shown`);
}

function named(series, label) {
  return { ...series, label };
}

function limitsOf(series, thresholds) {
  return thresholds
    .filter((each) => each.metric_name === series.name)
    .map((each) => ({ type: each.threshold_type, value: each.threshold_value, label: `${each.threshold_type} at ${exact(each.threshold_value, series.unit, series.decimals)}` }));
}
