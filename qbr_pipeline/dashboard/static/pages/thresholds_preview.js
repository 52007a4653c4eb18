// What thresholds colour over the last months: a strip, and how many months that are.

import { h, icon, show } from "../dom.js";
import { count, exact, shortMonth } from "../format.js";

/** The signs of the months, and their words. @type {Record<string, [icon: string | null, words: string]>} */
export const MARKS = {
  ok: ["check2", "within"],
  warning: ["exclamation-triangle-fill", "warning"],
  critical: ["x-circle-fill", "critical"],
  unknown: ["dash", "not compared"],
  absent: [null, "no value"],
};

/** Show in `container` the months of a subject, an answer of /thresholds/preview. @param {Element} container @param {Preview} subject */
export function showPreview(container, subject) {
  const { months } = subject;
  const cells = months.map((month) => {
    const status = month.value === null ? "absent" : month.status;
    const text = `${shortMonth(month.period)}: ${exact(month.value, subject.unit, subject.decimals)}, ${MARKS[status][1]}`;
    return h("li", { class: "limit-cell", "data-state": status, title: text }, mark(status), h("span", { class: "visually-hidden" }, text));
  });
  const ends = [months[0], months[months.length - 1]].map((month) => h("span", {}, shortMonth(month.period)));
  show(container, [
    h("ol", { class: "limit-strip", "aria-label": `${subject.label}, month by month` }, cells),
    h("div", { class: "limit-ends", "aria-hidden": "true" }, ends),
    h("p", { class: "limit-summary" }, summary(subject)),
  ]);
}

/** The mark of a status, as in the strip. @param {string} status */
export function mark(status) {
  const [name] = MARKS[status];
  return name ? icon(name) : null;
}

/** @param {Preview} subject */
function summary({ months, limits }) {
  if (limits.warning === null && limits.critical === null) return "No threshold";
  const number = (/** @type {string} */ status) => months.filter((month) => month.status === status).length;
  const [warnings, criticals] = [number("warning"), number("critical")];
  const compared = number("ok") + warnings + criticals;
  if (!compared) return "No month to compare yet";
  const parts = [criticals ? `${criticals} critical` : null, warnings ? count(warnings, "warning") : null].filter(Boolean);
  return parts.length ? `${parts.join(", ")} of ${count(compared, "month")}` : `None of ${count(compared, "month")}`;
}
