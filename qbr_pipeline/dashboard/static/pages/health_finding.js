// One finding: its sentence, what it rests on and moves, and the form to say what one thinks of it.

import { get, mayWrite } from "../api.js";
import { h, icon, show } from "../dom.js";
import { fact, momentWithZone, SIGNS } from "../elements.js";
import { isCritical } from "../findings.js";
import { ABSENT, exact, isQuarter, period } from "../format.js";
import { linkOf } from "../links.js";
import { start } from "../page.js";
import { decisionForm } from "./health_decision.js";

/** @type {Record<string, string[]>} */
const SEVERITIES = { error: [...SIGNS.bad, "Error"], critical: [...SIGNS.bad, "Critical"], warn: [...SIGNS.warning, "Warning"] };
/** @typedef {Answer<"/findings/history">["events"][number]} Event @typedef {Pick<Event, "changed_by" | "key_name" | "why" | "until">} Decided */

const STATES = { open: "Open", acknowledged: "Acknowledged", expected: "Expected", resolved: "Resolved" };

/** A finding as an element that opens; it replaces itself when somebody decides on it. @param {Finding} finding @param {Definitions} definitions */
export function findingElement(finding, definitions) {
  const [name, tone, word] = SEVERITIES[isCritical(finding) ? "critical" : finding.severity];
  const body = h("div", { class: "finding-body" });
  const element = h("details", { class: "finding", id: `finding-${finding.id}`, "data-state": finding.state, "data-rule": finding.rule }, [
    h("summary", {}, [
      h("span", { class: `finding-severity ${tone}` }, icon(name, "me-1"), word),
      h("span", { class: "finding-sentence" }, finding.sentence),
      h("span", { class: "badge text-body border finding-state" }, STATES[finding.state]),
    ]),
    body,
  ]);
  const replace = (/** @type {Finding} */ changed) => {
    const fresh = findingElement(changed, definitions);
    fresh.open = true;
    element.replaceWith(fresh);
    fresh.querySelector("summary").focus();
  };
  element.addEventListener("toggle", () => {
    if (!element.open || body.hasChildNodes()) return;
    const form = mayWrite && finding.state !== "resolved" ? decisionForm(finding, replace) : null;
    show(body, details(finding, definitions), eventHistory(finding), form);
  });
  return element;
}

/** @param {Finding} finding @param {Definitions} definitions */
function details(finding, definitions) {
  const subject = [...definitions.metrics, ...definitions.smartnumbers].find((each) => each.name === finding.subject);
  const rule = definitions.rules.find((each) => each.name === finding.rule);
  const moves = finding.moves.flatMap((each, index) => [index ? ", " : null, h("a", { href: `/trends?name=${each.name}` }, each.label)]);
  const until = finding.last_seen === finding.first_seen ? null : [" until ", momentWithZone(finding.last_seen)];
  return h("dl", { class: "facts" }, [
    fact("About", about(finding, subject)),
    finding.months.length > 1 ? fact("Months", finding.months.map(period).join(", ")) : null,
    fact("Rule", rule?.description ?? finding.rule),
    fact("Value", finding.unit ? exact(finding.value, finding.unit, subject?.decimals) : String(finding.value ?? ABSENT)),
    fact("Expected", finding.expected),
    moves.length ? fact("Moves", moves) : null,
    fact("Seen", momentWithZone(finding.first_seen), until),
    fact(STATES[finding.state], "since ", momentWithZone(finding.changed_at), decision(finding, ", ")),
  ]);
}

/** What the finding is about, with where to look at it: its trend, and the rows or the form behind it. @param {Finding} finding @param {AnyNumber | undefined} subject */
function about(finding, subject) {
  if (!subject) return finding.rule === "absent" ? [finding.label, " · ", h("a", { href: `/enter?period=${finding.period}` }, "Enter them")] : finding.label;
  const href = isQuarter(finding.period) ? null : linkOf(subject, null, finding.period);
  const link = (/** @type {string} */ text, /** @type {string} */ address) => [" · ", h("a", { href: address }, text)];
  return [finding.label, link("Trend", `/trends?name=${subject.name}`), href ? link("has_rows" in subject && subject.has_rows ? "Rows" : "Enter", href) : null];
}

/** Who decided what of it, why and until when; nothing when nobody did. @param {Decided} decided @param {string} before */
function decision({ changed_by: by, key_name: key, why, until }, before) {
  return [by ? `${before}by ${by}${key ? ` (key ${key})` : ""}` : null, why ? `: ${why}` : null, until ? ["; until ", momentWithZone(until)] : null];
}

/** Every change of its state, asked for when it is opened. @param {Finding} finding */
function eventHistory(finding) {
  const list = h("ol", { class: "finding-events" });
  const element = h("details", {}, h("summary", {}, "History"), list);
  element.addEventListener("toggle", () => {
    if (!element.open || list.hasChildNodes()) return;
    start(async () => {
      const { events } = await get("/findings/history", { id: finding.id });
      show(list, [events.map((event) => h("li", {}, momentWithZone(event.changed_at), `: ${change(event)}`, decision(event, " ")))]);
    }, `history of ${finding.id}`);
  });
  return element;
}

/** @param {Event} event */
function change(event) {
  if (event.old_state === null) return "found";
  return event.new_state === event.old_state ? "found again" : STATES[event.new_state].toLowerCase();
}
