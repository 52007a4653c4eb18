// The fields of a month: one for each metric, with what it held and what was typed.

import { read } from "../decimals.js";
import { h, icon, show } from "../dom.js";
import { exact, period } from "../format.js";

const SIGNS = { dollars: /[$]/, hours: /h$/ };
const AFTER = { count: "", hours: "hours", dollars: "", ratio: "ratio" };
const BACK = { input: "Will be absent.", collected: "Goes back to what was collected.", derived: "Will be computed from its parts again." };
const RELEASE = { collected: "Release to collection", derived: "Release to computation" };

const SAFE = 15; // digits that a browser without exact numbers sends as they are

const forms = new Map();

/** A number as it stands in a field: separated thousands, cents where it is money. */
export function written(value, unit) {
  if (value === null || value === undefined) return "";
  const least = unit === "dollars" || unit === "hours" ? 2 : 0;
  if (!forms.has(least)) forms.set(least, new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: 4 }));
  return forms.get(least).format(value);
}

/** What was typed: `{number}` as plain decimal text, `{fault}` as a sentence, or neither when nothing was. */
export function understood(typed, unit) {
  const text = typed.trim().replace(/^[−–]/, "-");
  if (!text) return {};
  const foreign = /%/.test(text) || Object.entries(SIGNS).some(([other, sign]) => other !== unit && sign.test(text));
  const number = foreign ? null : read(text);
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  if (number !== null && !JSON.rawJSON && number.replace(/\D/g, "").length > SAFE) return { fault: `"${shown}" has more digits than this browser can send.` };
  if (number !== null) return { number };
  return { fault: `"${shown}" is not a number: expected one such as ${unit === "dollars" ? "$1,234.50" : "1,234.5"}.` };
}

/** A field of `metric`: `kept` is what the month has, `before` the value of the month before; `changed` is called at each key. */
export function makeField(metric, { month, kept, before, last }, { changed, history }) {
  const byHand = kept?.source === "manual";
  const first = byHand ? written(kept.value, metric.unit) : "";
  const input = h("input", {
    class: "form-control form-control-sm number",
    id: `field-${metric.name}`,
    inputmode: metric.may_be_negative ? null : "decimal",
    maxlength: "60",
    spellcheck: "false",
    "aria-describedby": `before-${metric.name} hint-${metric.name} fault-${metric.name}`,
    oninput: changed,
  });
  const hint = h("div", { class: "enter-hint", id: `hint-${metric.name}` });
  const fault = h("div", { class: "enter-fault", id: `fault-${metric.name}` });
  const back = button("arrow-counterclockwise", `Put back ${metric.label}`, () => set(first));
  const release = byHand && metric.kind !== "input" ? h("button", { class: "btn btn-sm btn-outline-secondary", type: "button", onclick: () => set("") }, RELEASE[metric.kind]) : null;
  const element = h(
    "div",
    { class: "enter-field", "data-name": metric.name },
    h("label", { for: input.id }, metric.label),
    h("div", { class: "enter-before", id: `before-${metric.name}` }, h("span", { class: "enter-month" }, `${period(last)}: `), exact(before, metric.unit, metric.decimals)),
    h("div", { class: "input-group input-group-sm" }, metric.unit === "dollars" ? h("span", { class: "input-group-text" }, "$") : null, input, AFTER[metric.unit] ? h("span", { class: "input-group-text" }, AFTER[metric.unit]) : null),
    h("div", { class: "enter-buttons" }, button("clock-history", `History of ${metric.label}`, history), back),
    h("div", { class: "enter-said" }, hint, fault, release),
  );
  input.value = first;

  function set(text) {
    input.value = text;
    input.focus();
    changed();
  }

  /** What is to become of the value: `{number}`, `{release: true}`, `{fault}`, or nothing at all. */
  function choice() {
    const typed = understood(input.value, metric.unit);
    if (typed.fault) return typed;
    if (typed.number === undefined) return byHand ? { release: true } : {};
    return byHand && typed.number === read(first) ? {} : typed;
  }

  /** Say how the field stands; `sentence` is why its value is refused. */
  function mark(sentence = null) {
    const chosen = choice();
    const isChanged = Object.keys(chosen).length > 0;
    const refused = sentence ?? chosen.fault ?? null;
    element.toggleAttribute("data-changed", isChanged);
    back.classList.toggle("d-none", !isChanged);
    release?.classList.toggle("d-none", Boolean(chosen.release));
    if (refused) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    input.classList.toggle("is-invalid", Boolean(refused));
    show(fault, refused ? [icon("exclamation-circle-fill", "me-1"), refused] : null);
    show(hint, chosen.release ? BACK[metric.kind] : standing(metric, kept, byHand, month));
  }

  mark();
  return { metric, element, input, choice, mark, set, kept };
}

function standing(metric, kept, byHand, month) {
  if (metric.kind === "input") return byHand || !kept || kept.value === null ? "" : `Now ${exact(kept.value, metric.unit, metric.decimals)}.`;
  if (byHand) return `Entered by ${kept.entered_by} instead of the ${metric.kind === "derived" ? "computed" : "collected"} value.`;
  const how = metric.kind === "derived" ? "computed" : "collected";
  return kept && kept.value !== null ? `${period(month)}: ${exact(kept.value, metric.unit, metric.decimals)}, ${how}.` : `Not ${how} yet.`;
}

function button(name, label, press) {
  return h("button", { class: "btn btn-sm btn-outline-secondary", type: "button", title: label, "aria-label": label, onclick: press }, icon(name));
}
