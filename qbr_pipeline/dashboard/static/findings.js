// The open findings of some months, for the pages that mark the values they are about.

import { getOrNull } from "./api.js";

const MOST = 1000;

/** The open findings of the months of `which` (from_period, to_period, subject); those of a quarter are left out. */
export async function openFindings(which) {
  const told = await getOrNull("/findings", { ...which, state: "open", limit: MOST });
  return (told?.findings ?? []).filter((finding) => !finding.period.includes("Q"));
}

/** Findings by what they are about: `found.get(keyOf(subject, period))` is a list. */
export function bySubject(findings) {
  return Map.groupBy(findings, (finding) => keyOf(finding.subject, finding.period));
}

export function keyOf(subject, period) {
  return `${subject} ${period}`;
}
