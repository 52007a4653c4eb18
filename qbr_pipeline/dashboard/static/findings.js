// The open findings of some months, for the pages that mark the values they are about.

import { sentence } from "./format.js";
import { get } from "./api.js";
import { h, icon } from "./dom.js";

const MOST = 1000;

/** The open findings of the months of `which` (from_period, to_period, subject); those of a quarter are left out. @param {Record<string, unknown>} query */
export async function openFindings(query) {
  const response = await get("/findings", { ...query, state: "open", limit: MOST });
  return response.findings.filter((finding) => !finding.period.includes("Q"));
}

/** Findings by what they are about: `found.get(keyOf(subject, period))` is a list. @param {readonly Finding[]} findings */
export function bySubject(findings) {
  return Map.groupBy(findings, (finding) => keyOf(finding.subject, finding.period));
}

/** @param {string} subject @param {string} period */
export function keyOf(subject, period) {
  return `${subject} ${period}`;
}

/** Whether a finding is about a number or moves it. @param {Finding} finding @param {string} name */
export function concerns(finding, name) {
  return finding.subject === name || finding.moves.some((moved) => moved.name === name);
}

/** Whether a finding tells of a critical threshold; its severity is that of a warning, which stops nothing. @param {Finding} finding */
export function isCritical(finding) {
  return finding.threshold_type === "critical";
}

/** The colour of a finding. @param {Finding} finding */
export function toneOf(finding) {
  return finding.severity === "error" || isCritical(finding) ? "text-bad" : "text-warn";
}

/** A finding as an item of a list: when and what, its sentence, and the way to it. @param {Finding} finding @param {string} when */
export function findingItem(finding, when) {
  return h("li", {}, icon("flag-fill", `${toneOf(finding)} me-1`), `${when}: `, h("a", { href: `/health?finding=${finding.id}` }, sentence(finding.sentence)));
}
