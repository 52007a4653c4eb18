// What an entry does, before and after it is saved: values, and the SmartNumbers of month and quarter that move.

import { h } from "../dom.js";
import { exact, period } from "../format.js";

/** @typedef {Pick<Stored<"/metrics/manual/check">, "changes" | "smartnumbers">} Outcome */
/** @typedef {Outcome["changes" | "smartnumbers"][number]} Moved */

/** Tables of the answer of a check or of what was stored; `definitions` by name. @param {Outcome} outcome @param {Map<string, AnyNumber>} definitions */
export function outcomeTables(outcome, definitions) {
  const periods = [...new Set(outcome.smartnumbers.map((each) => each.period))];
  return [
    changes("Values", outcome.changes, definitions),
    periods.map((each) =>
      changes(
        `SmartNumbers of ${period(each)}`,
        outcome.smartnumbers.filter((moved) => moved.period === each),
        definitions,
      ),
    ),
  ].flat();
}

/** @param {string} title @param {Moved[]} moved @param {Map<string, AnyNumber>} definitions */
function changes(title, moved, definitions) {
  const rows = moved.map((each) => row(each, definitions.get(each.name))).filter(Boolean);
  if (!rows.length) return null;
  const head = ["", "Before", "After"].map((label) => h("th", { scope: "col", class: label ? "number" : null }, label || h("span", { class: "visually-hidden" }, "Name")));
  return h("table", { class: "table table-sm" }, h("caption", {}, title), h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows));
}

/** One line; none when the difference is smaller than what is shown. @param {Moved} moved @param {AnyNumber | undefined} what */
function row(moved, what) {
  if (!what) return null;
  const [before, after] = [moved.old_value, moved.new_value].map((value) => exact(value, what.unit, what.decimals));
  if (before === after) return null;
  return h("tr", { "data-name": moved.name }, [h("th", { scope: "row" }, what.label), h("td", { class: "number" }, before), h("td", { class: "number fw-semibold" }, after)]);
}
