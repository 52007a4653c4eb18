// Thresholds of every metric and SmartNumber of which one direction is better.

import { get, mayWrite } from "../api.js";
import { byId, h, show } from "../dom.js";
import { notice, say, start } from "../page.js";
import { keepTyped, putBack, TYPED } from "../typed.js";
import { mark, MARKS } from "./thresholds_preview.js";
import { row } from "./thresholds_row.js";

let isKept = false; // what is typed, for after signing in again

window.addEventListener("beforeunload", (event) => {
  if (!isKept && Object.keys(unsaved()).length) event.preventDefault();
});

start(async () => {
  const [definitions, table, stored] = await Promise.all([get("/metrics/definitions"), get("/metrics/table"), get("/thresholds")]);
  const limits = limitsByName(stored.thresholds);
  const subjects = (defined, lines) => defined.filter((each) => each.better !== "neither").map((each) => subject(each, lines, table.months, limits));
  show(
    byId("legend"),
    Object.entries(MARKS).map(([state, [, word]]) => h("li", {}, h("span", { class: "limit-cell", "data-state": state }, mark(state)), word)),
  );
  show(
    byId("limits"),
    part("SmartNumbers", subjects(definitions.smartnumbers, table.smartnumbers), (each) => each.group),
    part("Metrics", subjects(definitions.metrics, table.metrics), (each) => each.section),
  );
  byId("search").addEventListener("input", choose);
  byId("only-set").addEventListener("change", choose);
  choose();
  keepTyped(() => {
    isKept = true;
    return { of: "thresholds", texts: unsaved() };
  });
  if (mayWrite && putBack("thresholds")) notice("typed", TYPED);
  goToNamed();
});

function limitsByName(thresholds) {
  const found = new Map();
  for (const { metric_name: name, threshold_type: type, threshold_value: value } of thresholds) {
    const kept = found.get(name) ?? { warning: null, critical: null };
    found.set(name, { ...kept, [type]: String(value) });
  }
  return found;
}

/** A definition with its months; `shown` are the decimals of a value, `kept` those of a threshold. */
function subject(definition, lines, months, limits) {
  return {
    ...definition,
    shown: definition.decimals,
    kept: 4,
    months,
    values: lines.find((line) => line.name === definition.name).values,
    limits: limits.get(definition.name) ?? { warning: null, critical: null },
  };
}

function part(title, subjects, heading) {
  const id = `part-${title}`;
  return h(
    "section",
    { class: "limit-part", "aria-labelledby": id },
    h("h2", { id }, title),
    [...Map.groupBy(subjects, heading)].map(([name, members]) =>
      h("section", { class: "limit-group", "aria-labelledby": `${id}-${name}` }, h("h3", { id: `${id}-${name}` }, name), members.map(row)),
    ),
  );
}

/** Show the rows whose name holds what is searched for, and no heading without a row. */
function choose() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const onlySet = byId("only-set").checked;
  for (const each of document.querySelectorAll(".limit")) {
    const name = each.querySelector("h4").textContent.toLowerCase();
    each.hidden = !words.every((word) => name.includes(word)) || (onlySet && each.dataset.set !== "yes");
  }
  for (const each of document.querySelectorAll(".limit-group")) each.hidden = !each.querySelector(".limit:not([hidden])");
  for (const each of document.querySelectorAll(".limit-part")) each.hidden = !each.querySelector(".limit:not([hidden])");
  const count = document.querySelectorAll(".limit:not([hidden])").length;
  byId("nothing").classList.toggle("d-none", count > 0);
  if (words.length || onlySet) say(`${count} shown`);
}

/** What is typed and not saved, by the id of its field. */
function unsaved() {
  const fields = document.querySelectorAll(".limit:has([type=submit]:not([hidden])) input");
  return Object.fromEntries([...fields].map((field) => [field.id, field.value]));
}

/** The address may name a metric after #: go there. */
function goToNamed() {
  const named = byId(location.hash.slice(1));
  if (!named?.classList.contains("limit")) return;
  named.scrollIntoView({ block: "center" });
  if (mayWrite) named.querySelector("input").focus({ preventScroll: true });
}
