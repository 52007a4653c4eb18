// Thresholds of every metric and SmartNumber of which one direction is better.

import { get, mayWrite } from "../api.js";
import { byId, h, show } from "../dom.js";
import { keepDrafts, restoreDrafts, RESTORED } from "../drafts.js";
import { announce, notice, start } from "../page.js";
import { mark, MARKS } from "./thresholds_preview.js";
import { row } from "./thresholds_row.js";

const TITLES = { smartnumber: "SmartNumbers", metric: "Metrics" };

let isKept = false; // what is typed, for after signing in again

window.addEventListener("beforeunload", (event) => {
  if (!isKept && Object.keys(unsaved()).length) event.preventDefault();
});

start(async () => {
  const { subjects } = await get("/thresholds/preview");
  const sign = (/** @type {string} */ status) => h("span", { class: "limit-cell", "data-state": status }, mark(status));
  show(byId("legend"), [Object.entries(MARKS).map(([status, [, word]]) => h("li", {}, sign(status), word))]);
  show(byId("limits"), [[...Map.groupBy(subjects, (each) => TITLES[each.kind])].map(([title, members]) => part(title, members))]);
  byId("search").addEventListener("input", filterRows);
  byId("only-set").addEventListener("change", filterRows);
  filterRows();
  keepDrafts(() => {
    isKept = true;
    return { of: "thresholds", texts: unsaved() };
  });
  if (mayWrite && restoreDrafts("thresholds")) notice("drafts", RESTORED);
  goToNamed();
});

/** @param {string} title @param {Preview[]} subjects */
function part(title, subjects) {
  const id = `part-${title}`;
  const group = (/** @type {string} */ name, /** @type {Preview[]} */ members) =>
    h("section", { class: "limit-group", "aria-labelledby": `${id}-${name}` }, h("h3", { id: `${id}-${name}` }, name), members.map(row));
  const groups = [...Map.groupBy(subjects, (each) => each.heading)].map(([name, members]) => group(name, members));
  return h("section", { class: "limit-part", "aria-labelledby": id }, h("h2", { id }, title), groups);
}

/** Show the rows whose name holds what is searched for, and no heading without a row. */
function filterRows() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const onlySet = byId("only-set").checked;
  const all = (/** @type {string} */ selector) => /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector));
  for (const each of all(".limit")) {
    const name = (each.querySelector("h4")?.textContent ?? "").toLowerCase();
    each.hidden = !words.every((/** @type {string} */ word) => name.includes(word)) || (onlySet && each.dataset.set !== "yes");
  }
  for (const each of all(".limit-group, .limit-part")) each.hidden = !each.querySelector(".limit:not([hidden])");
  const count = all(".limit:not([hidden])").length;
  byId("nothing").classList.toggle("d-none", count > 0);
  if (words.length || onlySet) announce(`${count} shown`);
}

/** What is typed and not saved, by the id of its field. */
function unsaved() {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(".limit:has([type=submit]:not([hidden])) input"));
  return Object.fromEntries([...fields].map((field) => [field.id, field.value]));
}

/** The address may name a metric after #: go there. */
function goToNamed() {
  const named = byId(location.hash.slice(1));
  if (!named?.classList.contains("limit")) return;
  named.scrollIntoView({ block: "center" });
  if (mayWrite) named.querySelector("input").focus({ preventScroll: true });
}
