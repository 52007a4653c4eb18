// The fields of a month: one for each metric, with what it held and what was typed.

import { h, icon, show } from "../dom.js";
import { button, iconButton, setFault } from "../elements.js";
import { exact, period, sentence } from "../format.js";
import { choiceOf, PAYROLL } from "./enter_state.js";

/** @type {Partial<Record<Unit, string>>} */
const SUFFIX = { hours: "hours", ratio: "ratio" };
/** @type {Record<string, string>} */
const RELEASE = { collected: "Release to collection", derived: "Release to computation" };
/** What becomes of a value that is released. */
export const AFTER_RELEASE = { input: "will be absent", collected: "goes back to what was collected", derived: "will be computed from its parts again" };

/** @typedef {import("./enter_state.js").Field} Field */

/**
 * The element of a field of `month`, and `mark`, which says how the field is. `onType` is called with each new text, `history` opens that of
 * the value.
 * @param {Field} field @param {{month: string, last: string, onType: (text: string) => void, history: () => void}} on
 */
export function makeField(field, { month, last, onType, history }) {
  const { metric, isManual, first } = field;
  const input = h("input", {
    class: "form-control form-control-sm number",
    id: `field-${metric.name}`,
    inputmode: metric.may_be_negative ? null : "decimal",
    maxlength: "60",
    spellcheck: "false",
    "aria-describedby": `before-${metric.name} hint-${metric.name} fault-${metric.name}`,
    oninput: () => onType(input.value),
  });
  input.value = first;
  const hint = h("div", { class: "enter-hint", id: `hint-${metric.name}` });
  const fault = h("div", { class: "enter-fault", id: `fault-${metric.name}` });
  const set = (/** @type {string} */ text) => {
    input.value = text;
    input.focus();
    onType(text);
  };
  const back = iconButton("arrow-counterclockwise", `Undo ${metric.label}`, () => set(first));
  const release = isManual && metric.kind !== "input" ? button(RELEASE[metric.kind], () => set("")) : null;
  const affix = (/** @type {string | null | undefined} */ text) => (text ? h("span", { class: "input-group-text" }, text) : null);
  const before = [h("span", { class: "enter-month" }, `${period(last)}: `), exact(field.before, metric.unit, metric.decimals)];
  const element = h("div", { class: "enter-field", "data-name": metric.name }, [
    h("label", { for: input.id }, metric.label),
    h("div", { class: "enter-before", id: `before-${metric.name}` }, before),
    h("div", { class: "input-group input-group-sm" }, affix(metric.unit === "dollars" ? "$" : null), input, affix(SUFFIX[metric.unit])),
    h("div", { class: "enter-buttons" }, iconButton("clock-history", `History of ${metric.label}`, history), back),
    h("div", { class: "enter-messages" }, hint, fault, release),
  ]);

  /** Show the state of the field; `reason` is what is wrong with it. @param {Field} current @param {string | null} reason */
  function mark(current, reason) {
    const choice = choiceOf(current);
    const isChanged = Object.keys(choice).length > 0;
    element.toggleAttribute("data-changed", isChanged);
    back.classList.toggle("d-none", !isChanged);
    release?.classList.toggle("d-none", Boolean(choice.release));
    setFault(input, fault, reason);
    if (reason) fault.prepend(icon("exclamation-circle-fill", "me-1"));
    show(hint, choice.release ? `This value ${AFTER_RELEASE[metric.kind]}.` : present(current, month));
  }

  mark(field, null);
  return { metric, isManual, element, input, mark };
}

/** What there is now, in words. @param {Field} field @param {string} month */
function present(field, month) {
  const { metric, stored, isManual } = field;
  const value = stored && stored.value !== null ? exact(stored.value, metric.unit, metric.decimals) : null;
  if (metric.kind === "input") return presentInput(field, value);
  const how = metric.kind === "derived" ? "computed" : "collected";
  if (isManual) return `Entered by ${stored?.entered_by} instead of the ${how} value.`;
  return value ? `${period(month)}: ${value}, ${how}.` : `Not ${how} yet.`;
}

/** @param {Field} field @param {string | null} value */
function presentInput({ metric, stored, isManual, isComputed }, value) {
  if (metric.name === PAYROLL) return "Instead of Employee Expense: that follows from it and from the owner's pay.";
  if (isComputed) return sentence(stored?.notes ?? "");
  return isManual || !value ? "" : `Now ${value}.`;
}
