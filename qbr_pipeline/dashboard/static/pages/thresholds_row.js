// One metric's thresholds: its fields, what they would colour, saving and removing them.

import { mayWrite, post, Problem, remove } from "../api.js";
import { inBody, read, shift } from "../decimals.js";
import { h, icon, show } from "../dom.js";
import { ABSENT, exact, period } from "../format.js";
import { say, sentence } from "../page.js";
import { preview } from "./thresholds_preview.js";

const TYPES = ["warning", "critical"];
const VERBS = { warning: "Warn", critical: "Critical" };
const SUFFIX = { percent: "%", hours: "h" };

/** The row of `subject`, a metric or SmartNumber with its months; `subject.limits` holds {warning, critical} as decimal text or null. */
export function row(subject) {
  const strip = h("div", { class: "limit-preview" });
  const heading = h("div", { class: "limit-name" }, h("h4", {}, subject.label), current(subject));
  if (!mayWrite) {
    preview(strip, subject, numbers(subject.limits));
    return h("article", attributes(subject), heading, TYPES.map((type) => told(subject, type)), strip);
  }
  const fields = Object.fromEntries(TYPES.map((type) => [type, field(subject, type)]));
  const save = h("button", { class: "btn btn-sm btn-primary", type: "submit" }, "Save");
  const undo = h("button", { class: "btn btn-sm btn-outline-secondary", type: "button" }, "Undo");
  const clear = h(
    "button",
    { class: "btn btn-sm btn-outline-danger", type: "button", "aria-label": `Remove the thresholds of ${subject.label}` },
    icon("trash", "me-1"),
    "Remove",
  );
  const saved = h("span", { class: "limit-saved text-good" }, icon("check2", "me-1"), "Saved");
  const form = h(
    "form",
    { ...attributes(subject), novalidate: true, "aria-label": `Thresholds of ${subject.label}` },
    heading,
    TYPES.map((type) => fields[type].element),
    strip,
    h("div", { class: "limit-actions" }, save, undo, clear, saved),
  );

  const refresh = () => {
    const typed = typedIn(subject, fields);
    const changed = TYPES.some((type) => fields[type].input.value.trim() !== shownIn(subject, subject.limits[type]));
    save.hidden = undo.hidden = !changed;
    saved.hidden = true;
    clear.hidden = changed || TYPES.every((type) => subject.limits[type] === null);
    form.dataset.set = TYPES.some((type) => subject.limits[type] !== null) ? "yes" : "no";
    preview(strip, subject, numbers(typed));
  };
  const reset = () => {
    for (const type of TYPES) {
      fields[type].input.value = shownIn(subject, subject.limits[type]);
      fields[type].complain(null);
    }
    refresh();
  };
  const attempt = async (change, done) => {
    form.setAttribute("aria-busy", "true");
    try {
      await change();
      reset();
      saved.hidden = false;
      say(`${subject.label}: ${done}`);
      document.dispatchEvent(new CustomEvent("qbr-health"));
      fields.warning.input.focus();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      blamed(subject, fields, problem).complain(sentence(problem.message));
      refresh();
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  for (const type of TYPES) {
    fields[type].input.addEventListener("input", () => {
      fields[type].complain(null);
      refresh();
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (save.hidden) return;
    if (everyNumberIsOne(fields)) attempt(() => store(subject, typedIn(subject, fields)), "saved");
  });
  undo.addEventListener("click", () => {
    reset();
    fields.warning.input.focus();
  });
  clear.addEventListener("click", () => attempt(() => store(subject, { warning: null, critical: null }), "thresholds removed"));
  reset();
  return form;
}

function attributes(subject) {
  const set = TYPES.some((type) => subject.limits[type] !== null) ? "yes" : "no";
  return { class: "limit", id: subject.name, "data-name": subject.name, "data-set": set };
}

/** Delete what is empty by now, then set what is not, both types at once; keeps `subject.limits` as they are stored. */
async function store(subject, wanted) {
  for (const type of TYPES.filter((each) => wanted[each] === null && subject.limits[each] !== null)) {
    await remove("/thresholds", { metric_name: subject.name, threshold_type: type });
    subject.limits[type] = null;
  }
  const changed = TYPES.filter((type) => wanted[type] !== null && wanted[type] !== subject.limits[type]);
  if (!changed.length) return;
  await post(
    "/thresholds",
    changed.map((type) => ({ metric_name: subject.name, threshold_type: type, threshold_value: inBody(wanted[type]) })),
  );
  for (const type of changed) subject.limits[type] = wanted[type];
}

function field(subject, type) {
  const id = `${subject.name}-${type}`;
  const input = h("input", {
    class: "form-control form-control-sm number",
    id,
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-describedby": `${id}-fault`,
  });
  const fault = h("div", { class: "invalid-feedback", id: `${id}-fault` });
  const group = h(
    "div",
    { class: "input-group input-group-sm has-validation" },
    subject.unit === "dollars" ? h("span", { class: "input-group-text", "aria-hidden": "true" }, "$") : null,
    input,
    SUFFIX[subject.unit] ? h("span", { class: "input-group-text", "aria-hidden": "true" }, SUFFIX[subject.unit]) : null,
    fault,
  );
  return {
    input,
    element: h("div", { class: "limit-field" }, h("label", { class: "form-label", for: id }, rule(subject, type), unitInWords(subject)), group),
    complain(text) {
      input.classList.toggle("is-invalid", text !== null);
      if (text === null) input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
      show(fault, text);
      if (text !== null) input.focus();
    },
  };
}

function everyNumberIsOne(fields) {
  const wrong = TYPES.map((type) => fields[type]).filter(({ input }) => input.value.trim() !== "" && read(input.value) === null);
  for (const each of wrong.toReversed()) each.complain("This is no number: type one such as 97.5, or leave the field empty for no threshold.");
  return !wrong.length;
}

/** The field that a refusal is about: the one whose number it names, else the first. */
function blamed(subject, fields, problem) {
  const naming = TYPES.filter((type) => {
    const typed = read(fields[type].input.value);
    return typed !== null && [`not ${typed}`, `not ${typed} %`].some((end) => problem.message.endsWith(end));
  });
  return fields[naming[0] ?? "warning"];
}

/** What the fields hold as decimal text in the unit of storage; null where a field holds no number. */
function typedIn(subject, fields) {
  return Object.fromEntries(
    TYPES.map((type) => {
      const text = read(fields[type].input.value);
      return [type, text === null || subject.unit !== "percent" ? text : shift(text, -2)];
    }),
  );
}

function shownIn(subject, limit) {
  if (limit === null) return "";
  return subject.unit === "percent" ? shift(limit, 2) : limit;
}

function numbers(limits) {
  return Object.fromEntries(TYPES.map((type) => [type, limits[type] === null ? null : Number(limits[type])]));
}

function rule(subject, type) {
  return `${VERBS[type]} at or ${subject.better === "higher" ? "below" : "above"}`;
}

function unitInWords(subject) {
  const unit = { dollars: "US dollars", percent: "percent", hours: "hours" }[subject.unit];
  return unit ? h("span", { class: "visually-hidden" }, `, in ${unit}`) : null;
}

function told(subject, type) {
  const limit = subject.limits[type];
  const value = limit === null ? h("span", { class: "absent" }, ABSENT) : exact(Number(limit), subject.unit, subject.kept);
  return h("div", { class: "limit-field" }, h("div", { class: "form-label" }, rule(subject, type)), h("div", {}, value));
}

/** The newest value, and the month that it is of: one that is over where the value grows through its month. */
function current(subject) {
  const newest = (counts) => subject.values.findLastIndex((value, place) => value !== null && counts(subject.months[place]));
  const over = subject.accrues ? newest((month) => month.is_over) : -1;
  const place = over >= 0 ? over : newest(() => true);
  if (place < 0) return h("p", {}, h("span", { class: "absent" }, ABSENT), " no value in these months");
  const month = subject.months[place];
  return h(
    "p",
    {},
    h("a", { href: `/trends?name=${subject.name}` }, exact(subject.values[place], subject.unit, subject.shown)),
    ` in ${period(month.period)}${month.is_over ? "" : " so far"}`,
  );
}
