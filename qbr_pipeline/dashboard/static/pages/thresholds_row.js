// One metric's thresholds: its fields, what they would colour, saving and removing them.

import { get, mayWrite, post, Problem, remove } from "../api.js";
import { h, icon } from "../dom.js";
import { button, setFault } from "../elements.js";
import { ABSENT, exact, period, sentence } from "../format.js";
import { announce } from "../page.js";
import { showPreview } from "./thresholds_preview.js";
import { changes, initialState, isChanged, isSet, limitsOf, saved, storedLimits, typed, TYPES, wrongTypes } from "./thresholds_state.js";

const PAUSE = 200; // milliseconds without a key before the API is asked for a preview
const VERBS = { warning: "Warn", critical: "Critical" };
/** @typedef {import("./thresholds_state.js").Type} Type @typedef {import("./thresholds_state.js").Limits} Limits */

/** @type {Partial<Record<Unit, string>>} */
const SUFFIX = { percent: "%", hours: "h" };
/** @type {Partial<Record<Unit, string>>} */
const UNITS = { dollars: "US dollars", percent: "percent", hours: "hours" };
const DECIMALS = 4; // of a threshold

/** The row of `subject`, an answer of /thresholds/preview by the thresholds that are stored. @param {Preview} subject */
export function row(subject) {
  const stored = storedLimits(subject);
  const strip = h("div", { class: "limit-preview" });
  const heading = h("div", { class: "limit-name" }, h("h4", {}, subject.label), current(subject));
  const attributes = { class: "limit", id: subject.name, "data-name": subject.name, "data-set": isSet({ stored }) ? "yes" : "no" };
  showPreview(strip, subject);
  if (mayWrite) return editableRow(subject, stored, attributes, heading, strip);
  return h("article", attributes, [heading, TYPES.map((type) => readOnlyField(subject, type, stored[type])), strip]);
}

/** @param {Preview} subject @param {Limits} stored @param {Record<string, any>} attributes @param {Element} heading @param {Element} strip */
function editableRow(subject, stored, attributes, heading, strip) {
  let state = initialState(subject.unit, stored);
  let turn = 0;
  /** @type {number | undefined} */
  let pause;
  const fields = { warning: field(subject, "warning"), critical: field(subject, "critical") };
  const save = button("Save", null, { type: "submit", class: "btn-primary" });
  const undo = button("Undo", () => reset(true));
  const clear = button([icon("trash", "me-1"), "Remove"], () => attempt({ warning: null, critical: null }, "thresholds removed"), {
    class: "btn-outline-danger",
    "aria-label": `Remove the thresholds of ${subject.label}`,
  });
  const done = h("span", { class: "limit-saved text-good" }, icon("check2", "me-1"), "Saved");
  const actions = h("div", { class: "limit-actions" }, save, undo, clear, done);
  const label = `Thresholds of ${subject.label}`;
  const form = h("form", { ...attributes, novalidate: true, "aria-label": label, onsubmit }, [heading, TYPES.map((type) => fields[type].element), strip, actions]);

  function refresh() {
    save.hidden = undo.hidden = !isChanged(state);
    done.hidden = true;
    clear.hidden = isChanged(state) || !isSet(state);
    form.dataset.set = isSet(state) ? "yes" : "no";
  }

  /** Show what the fields would colour. */
  async function preview() {
    const thisTurn = (turn += 1);
    try {
      const { subjects } = await get("/thresholds/preview", { metric_name: subject.name, ...limitsOf(state) });
      if (thisTurn === turn) showPreview(strip, subjects[0]);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem; // the strip stays as it was; saving says what is wrong
    }
  }

  /** @param {boolean} isFocused */
  function reset(isFocused) {
    state = initialState(subject.unit, state.stored);
    for (const type of TYPES) {
      fields[type].input.value = state.entered[type];
      fields[type].setFault(null);
    }
    refresh();
    clearTimeout(pause);
    preview();
    if (isFocused) fields.warning.input.focus();
  }

  /** @param {Limits} wanted @param {string} words */
  async function attempt(wanted, words) {
    form.setAttribute("aria-busy", "true");
    try {
      await store(wanted);
      reset(false);
      done.hidden = false;
      announce(`${subject.label}: ${words}`);
      document.dispatchEvent(new CustomEvent("qbr-health"));
      fields.warning.input.focus();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fields[typeAtFault(problem, changes(state, wanted).set)].setFault(sentence(problem.message));
      refresh();
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  /** @param {Limits} wanted */
  async function store(wanted) {
    const { removed, set } = changes(state, wanted);
    for (const type of removed) {
      await remove("/thresholds", { metric_name: subject.name, threshold_type: type, expected_value: state.stored[type] });
      state = saved(state, type, null);
    }
    if (!set.length) return;
    await post(
      "/thresholds",
      set.map(({ type, value, seen }) => ({ metric_name: subject.name, threshold_type: type, threshold_value: value, expected_value: seen })),
    );
    for (const { type } of set) state = saved(state, type, wanted[type]);
  }

  /** @param {Event} event */
  function onsubmit(event) {
    event.preventDefault();
    if (save.hidden) return;
    const wrong = wrongTypes(state);
    for (const type of wrong.toReversed()) fields[type].setFault("This is not a number: type one such as 97.5, or leave the field empty for no threshold.");
    if (!wrong.length) attempt(limitsOf(state), "saved");
  }

  for (const type of TYPES) {
    const { input } = fields[type];
    input.value = state.entered[type];
    input.addEventListener("input", () => {
      state = typed(state, type, input.value);
      fields[type].setFault(null);
      refresh();
      clearTimeout(pause);
      pause = setTimeout(preview, PAUSE);
    });
  }
  refresh();
  return form;
}

/** Which of the thresholds that were `set` the API rejects: it names the place in their list. @param {Problem} problem @param {{type: Type}[]} set */
function typeAtFault({ field: name }, set) {
  return set.find((_, place) => name?.startsWith(`[${place}].`))?.type ?? "warning";
}

/** @param {Preview} subject @param {Type} type */
function field(subject, type) {
  const id = `${subject.name}-${type}`;
  const fault = h("div", { class: "invalid-feedback", id: `${id}-fault` });
  const classes = "form-control form-control-sm number";
  const input = h("input", { class: classes, id, type: "text", inputmode: "decimal", autocomplete: "off", "aria-describedby": fault.id });
  const affix = (/** @type {string | null | undefined} */ text) => (text ? h("span", { class: "input-group-text", "aria-hidden": "true" }, text) : null);
  const unit = UNITS[subject.unit] ? h("span", { class: "visually-hidden" }, `, in ${UNITS[subject.unit]}`) : null;
  return {
    input,
    element: h("div", { class: "limit-field" }, [
      h("label", { class: "form-label", for: id }, rule(subject, type), unit),
      h("div", { class: "input-group input-group-sm has-validation" }, [affix(subject.unit === "dollars" ? "$" : null), input, affix(SUFFIX[subject.unit]), fault]),
    ]),
    /** @param {string | null} text */
    setFault(text) {
      setFault(input, fault, text);
      if (text) input.focus();
    },
  };
}

/** @param {Preview} subject @param {Type} type */
function rule(subject, type) {
  return `${VERBS[type]} at or ${subject.better === "higher" ? "below" : "above"}`;
}

/** @param {Preview} subject @param {Type} type @param {string | null} limit */
function readOnlyField(subject, type, limit) {
  const value = limit === null ? h("span", { class: "absent" }, ABSENT) : exact(Number(limit), subject.unit, DECIMALS);
  return h("div", { class: "limit-field" }, h("div", { class: "form-label" }, rule(subject, type)), h("div", {}, value));
}

/** The newest value, and the month that it is of: one that is over where the value grows through its month. @param {Preview} subject */
function current(subject) {
  /** @param {(month: Preview["months"][number]) => boolean} counts */
  const newest = (counts) => subject.months.findLast((month) => month.value !== null && counts(month));
  const month = (subject.accrues ? newest(({ is_over: isOver }) => isOver) : null) ?? newest(() => true);
  if (!month) return h("p", {}, h("span", { class: "absent" }, ABSENT), " no value in these months");
  const value = h("a", { href: `/trends?name=${subject.name}` }, exact(month.value, subject.unit, subject.decimals));
  return h("p", {}, value, ` in ${period(month.period)}${month.is_over ? "" : " so far"}`);
}
