// One finding: its sentence, what it rests on and moves, and the form to say what one thinks of it.

import { get, mayWrite } from "../api.js";
import { h, icon, show } from "../dom.js";
import { isCritical } from "../findings.js";
import { ABSENT, exact, moment, zoneAt } from "../format.js";
import { start } from "../page.js";
import { decision } from "./health_decision.js";

const SIGNS = {
  error: ["x-circle-fill", "text-bad", "Error"],
  critical: ["x-circle-fill", "text-bad", "Critical"],
  warn: ["exclamation-triangle-fill", "text-warn", "Warning"],
};
const STATES = { open: "Open", acknowledged: "Acknowledged", expected: "Expected", resolved: "Resolved" };
const RULES = {
  invalid_value: "A value must be a number that its metric can have.",
  count_mismatch: "As many rows must be read as the source itself counts.",
  unknown_board: "Every configured board and status must exist at the source.",
  zero: "A month without any tickets or devices is unlikely.",
  change: "A value should not lie far from that of the month before.",
  unusual: "A value should lie within what its own history makes likely.",
  restated: "A month that is closed should keep the value that was published.",
  snapshot: "A month needs a device snapshot that is whole and recent.",
  excluded_organization: "Every organization that is left out should be among the devices.",
  node_class: "Every device should have a class.",
  manual_differs: "A value entered by hand should be what the collection finds.",
  parts_differ: "A total entered by hand should be the sum of its parts.",
  threshold: "A value should stay clear of its thresholds.",
  absent: "Every input is expected by the due day of the month after.",
};

/** A finding as an element that opens; it renews itself when somebody decides on it. */
export function finding(told, definitions) {
  const [name, tone, word] = SIGNS[isCritical(told) ? "critical" : told.severity];
  const body = h("div", { class: "finding-body" });
  const element = h(
    "details",
    { class: "finding", id: `finding-${told.id}`, "data-state": told.state, "data-rule": told.rule },
    h(
      "summary",
      {},
      h("span", { class: `finding-severity ${tone}` }, icon(name, "me-1"), word),
      h("span", { class: "finding-sentence" }, told.sentence),
      h("span", { class: "badge text-body border finding-state" }, STATES[told.state]),
    ),
    body,
  );
  element.addEventListener("toggle", () => {
    if (element.open && !body.hasChildNodes()) show(body, details(told, definitions), past(told), mayWrite && told.state !== "resolved" ? decision(told, renew) : null);
  });
  const renew = (changed) => {
    const fresh = finding(changed, definitions);
    fresh.open = true;
    element.replaceWith(fresh);
    fresh.querySelector("summary").focus();
  };
  return element;
}

function details(told, definitions) {
  const line = (term, ...what) => [h("dt", {}, term), h("dd", {}, ...what)];
  const moves = told.moves.flatMap((each, place) => [place ? ", " : null, h("a", { href: `/trends?name=${each.name}` }, each.label)]);
  return h(
    "dl",
    { class: "facts" },
    line("About", about(told, definitions)),
    line("Rule", RULES[told.rule] ?? told.rule),
    line("Value", told.unit ? exact(told.value, told.unit, decimalsOf(told.subject, definitions)) : String(told.value ?? ABSENT)),
    line("Expected", told.expected),
    moves.length ? line("Moves", moves) : null,
    line("Seen", at(told.first_seen), told.last_seen === told.first_seen ? null : [" until ", at(told.last_seen)]),
    line(STATES[told.state], standing(told)),
  );
}

function decimalsOf(name, definitions) {
  return [...definitions.metrics, ...definitions.smartnumbers].find((each) => each.name === name)?.decimals;
}

/** What the finding is about, with where to look at it: its trend, and the rows or the form behind it. */
function about(told, definitions) {
  const metric = definitions.metrics.find((each) => each.name === told.subject);
  const known = metric ?? definitions.smartnumbers.find((each) => each.name === told.subject);
  if (!known) return told.rule === "absent" ? [told.label, " · ", h("a", { href: `/enter?period=${told.period}` }, "Enter them")] : told.label;
  const links = [h("a", { href: `/trends?name=${told.subject}` }, "Trend")];
  const ofMonth = !told.period.includes("Q");
  if (ofMonth && metric?.kind === "collected") links.push(h("a", { href: `/rows?metric=${told.subject}&period=${told.period}` }, "Rows"));
  if (ofMonth && metric?.kind === "input") links.push(h("a", { href: `/enter?period=${told.period}&metric=${told.subject}` }, "Enter"));
  return [told.label, ...links.flatMap((link) => [" · ", link])];
}

function standing(told) {
  const parts = ["since ", at(told.changed_at)];
  if (told.changed_by) parts.push(`, by ${told.changed_by}${told.key_name ? ` (key ${told.key_name})` : ""}`);
  if (told.why) parts.push(`: ${told.why}`);
  if (told.until) parts.push("; until ", at(told.until));
  return parts;
}

function at(text) {
  return h("time", { datetime: text }, `${moment(text)} ${zoneAt(text)}`);
}

/** Every change of its state, asked for when it is opened. */
function past(told) {
  const list = h("ol", { class: "finding-events" });
  const element = h("details", {}, h("summary", {}, "History"), list);
  element.addEventListener("toggle", () => {
    if (!element.open || list.hasChildNodes()) return;
    start(async () => {
      const { events } = await get("/findings/history", { id: told.id });
      show(list, events.map((event) => h("li", {}, lineOf(event))));
    }, `history of ${told.id}`);
  });
  return element;
}

function lineOf(event) {
  const what = event.old_state === null ? "found" : event.new_state === event.old_state ? "seen anew" : STATES[event.new_state].toLowerCase();
  const by = event.changed_by ? ` by ${event.changed_by}${event.key_name ? ` (key ${event.key_name})` : ""}` : "";
  return [at(event.changed_at), `: ${what}${by}${event.why ? `: ${event.why}` : ""}`, event.until ? [", until ", at(event.until)] : null].flat();
}
