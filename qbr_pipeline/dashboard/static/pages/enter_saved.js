// What is asked before values are saved, and shown afterwards.

import { ask } from "../dialog.js";
import { h, icon, show } from "../dom.js";
import { count, exact, period } from "../format.js";
import { announce } from "../page.js";
import { AFTER_RELEASE } from "./enter_fields.js";
import { outcomeTables } from "./enter_review.js";

/** @typedef {import("./enter_state.js").Field} Field */

/** Whether the values of these `fields` of `month` are really to be given up. @param {Field[]} fields @param {string} month */
export function confirmRelease(fields, month) {
  const isOne = fields.length === 1;
  const line = (/** @type {Field} */ { metric, stored }) =>
    h("li", {}, h("strong", {}, metric.label), `, ${exact(stored?.value, metric.unit, metric.decimals)}: it ${AFTER_RELEASE[metric.kind]}.`);
  const words = `${isOne ? "This field" : "These fields"} of ${period(month)} ${isOne ? "is" : "are"} empty, so the values that people entered there are removed:`;
  return ask(isOne ? "Release this value?" : `Release ${fields.length} values?`, "Release and save", "Keep editing", h("p", {}, words), h("ul", {}, fields.map(line)));
}

/** Show in `container` what was `stored` for `month` by whom, and say it; `definitions` by name.
 * @param {HTMLElement} container @param {Stored<"/metrics/manual/batch">} stored @param {string} by @param {string} month
 * @param {Map<string, AnyNumber>} definitions */
export function showSaved(container, stored, by, month, definitions) {
  const moved = new Set(stored.smartnumbers.map((each) => each.name)).size;
  const words = `Saved by ${by}: ${count(stored.metrics.length, "value")} of ${period(month)}. ${moved ? count(moved, "SmartNumber") : "No SmartNumber"} changed.`;
  show(container, [
    h("p", { class: "fw-semibold" }, [icon("check-circle-fill", "me-2 text-good"), words, " ", h("a", { href: `/?period=${month}` }, `Scorecard of ${period(month)}`)]),
    h("div", { class: "enter-saved" }, outcomeTables(stored, definitions)),
  ]);
  container.classList.remove("d-none");
  container.focus({ preventScroll: true });
  container.scrollIntoView({ block: "start" });
  announce(words);
}
