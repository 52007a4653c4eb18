// Any number over 13 to 36 months, tickets created against closed, and hours a month.

import { get } from "../api.js";
import { byId, show } from "../dom.js";
import { optgroups } from "../elements.js";
import { emptyState } from "../empty_state.js";
import { openFindings } from "../findings.js";
import { announce, notice, start } from "../page.js";
import { offerChoices, onPopState } from "../url_state.js";
import { chartCard } from "./trends_card.js";
import { initialState, limitsOf, query, select, spanInWords, SPANS } from "./trends_state.js";

const CREATED = "reactive_tickets_created";
const CLOSED = "reactive_tickets_closed";
const HOURS = "reactive_time_spent";

/** @type {ReturnType<typeof chartCard>[]} */
let drawn = [];

start(async (isLatest) => {
  const [periods, definitions] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  let state = select(initialState(periods, definitions), Object.fromEntries(new URLSearchParams(location.search)));
  for (const [name, text] of Object.entries(state.notices)) notice(name, text);
  const change = (/** @type {{name?: string, months?: string}} */ requested) => {
    state = select(state, requested);
    start((isNewest) => showTrends(state, isNewest));
  };
  offerChoices(byId("name"), numberGroups(definitions), state.name, "name", (name) => change({ name }));
  const spans = optgroups(SPANS, { heading: () => "Until now", option: (each) => [each, spanInWords(each)] });
  offerChoices(byId("span"), spans, state.span, "months", (months) => change({ months }));
  if (periods.periods.length) await showTrends(state, isLatest);
  else show(byId("trends"), emptyState());
});

onPopState(() => location.reload());
document.addEventListener("qbr-theme", () => drawn.forEach((each) => each.redraw()));

/** @param {Definitions} definitions */
function numberGroups({ smartnumbers, metrics }) {
  /** @param {AnyNumber} each @returns {[string, string]} */
  const option = (each) => [each.name, each.label];
  return [
    ...optgroups(smartnumbers, { heading: (each) => `SmartNumbers: ${each.group}`, option }),
    ...optgroups(metrics, { heading: (each) => `Metrics: ${each.section}`, option }),
  ];
}

/** @param {ReturnType<typeof initialState>} state @param {() => boolean} isLatest */
async function showTrends(state, isLatest) {
  const months = query(state);
  const series = (/** @type {string} */ name) => get("/metrics/series", { name, ...months });
  const [main, created, closed, hours, { thresholds }, findings] = await Promise.all([
    series(state.name),
    series(CREATED),
    series(CLOSED),
    series(HOURS),
    get("/thresholds"),
    openFindings(months),
  ]);
  if (!isLatest()) return; // another choice was made meanwhile
  const tickets = [
    { ...created, label: "Created" },
    { ...closed, label: "Closed" },
  ];
  const common = { numbers: state.numbers, findings };
  drawn.forEach((each) => each.destroy());
  drawn = [
    chartCard({ ...common, id: "number", title: main.label, series: [main], limits: limitsOf(main, thresholds) }),
    chartCard({ ...common, id: "tickets", title: "Reactive tickets created and closed", series: tickets, limits: [] }),
    chartCard({ ...common, id: "hours", title: "Hours on reactive tickets", series: [hours], limits: [] }),
  ];
  show(byId("trends"), [drawn.map((each) => each.node)]);
  drawn.forEach((each) => each.redraw());
  announce(`${main.label} over ${spanInWords(state.span)} is shown`);
}
