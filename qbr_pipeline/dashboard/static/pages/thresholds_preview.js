// What thresholds colour over the last months: the rule, and the strip that shows it.

import { h, icon, show } from "../dom.js";
import { exact, shortMonth } from "../format.js";

export const MARKS = {
  ok: ["check2", "within"],
  warning: ["exclamation-triangle-fill", "warning"],
  critical: ["x-circle-fill", "critical"],
  unknown: ["dash", "not compared"],
  absent: [null, "no value"],
};

/** How a monthly `value` stands to `limits`, {warning, critical}: at or beyond one, in the bad direction. Null is none. */
export function standing(value, limits, better) {
  if (value === null) return "absent";
  if (limits.warning === null && limits.critical === null) return "unknown";
  const reached = (limit) => limit !== null && (better === "higher" ? value <= limit : value >= limit);
  return reached(limits.critical) ? "critical" : reached(limits.warning) ? "warning" : "ok";
}

/** The standing of every month of a subject; what grows through its month is not compared before its end. */
export function standings(subject, limits) {
  return subject.months.map((month, place) => {
    const value = subject.values[place];
    if (value !== null && subject.accrues && !month.is_over) return "unknown";
    return standing(value, limits, subject.better);
  });
}

/** Show in `place` what `limits` colour of the months of `subject`. */
export function preview(place, subject, limits) {
  const found = standings(subject, limits);
  const cells = found.map((state, at) => {
    const month = subject.months[at];
    const text = `${shortMonth(month.period)}: ${exact(subject.values[at], subject.unit, subject.shown)}, ${MARKS[state][1]}`;
    return h("li", { class: "limit-cell", "data-state": state, title: text }, mark(state), h("span", { class: "visually-hidden" }, text));
  });
  show(
    place,
    h("ol", { class: "limit-strip", "aria-label": `${subject.label}, month by month` }, cells),
    h(
      "div",
      { class: "limit-ends", "aria-hidden": "true" },
      h("span", {}, shortMonth(subject.months[0].period)),
      h("span", {}, shortMonth(subject.months.at(-1).period)),
    ),
    h("p", { class: "limit-summary" }, summary(found, limits)),
  );
}

/** The mark of a state, as in the strip. */
export function mark(state) {
  return MARKS[state][0] ? icon(MARKS[state][0]) : null;
}

function summary(found, limits) {
  if (limits.warning === null && limits.critical === null) return "No threshold";
  const count = (state) => found.filter((each) => each === state).length;
  const compared = count("ok") + count("warning") + count("critical");
  if (!compared) return "No month to compare yet";
  const parts = [];
  if (count("critical")) parts.push(`${count("critical")} critical`);
  if (count("warning")) parts.push(`${count("warning")} ${count("warning") === 1 ? "warning" : "warnings"}`);
  return `${parts.join(", ") || "None marked"} of ${compared} ${compared === 1 ? "month" : "months"}`;
}
