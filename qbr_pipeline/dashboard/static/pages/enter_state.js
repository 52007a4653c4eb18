// A month that is being entered: what each field held and holds, and what is to be done about it. Pure: no element, no request.

import { jsonNumber, read } from "../decimals.js";
import { count } from "../format.js";

/** @type {Record<string, RegExp>} */
const SIGNS = { dollars: /[$]/, hours: /h$/ };
const LONGEST = 40; // characters of a text that are repeated in a sentence
const SAFE = 15; // digits that a browser without exact numbers sends as they are
/** @type {Map<number, Intl.NumberFormat>} */
const forms = new Map();

/**
 * @typedef {{metric: Metric, stored: MonthlyMetric | undefined, before: number | null | undefined, isManual: boolean, isComputed: boolean, first: string, text: string}} Field
 * @typedef {{number?: string, release?: boolean, fault?: string}} Choice
 * @typedef {{month: string, fields: Map<string, Field>, check: number, rejected: Map<string, string>}} State
 */

export const PAYROLL = "payroll";
/** What payroll gives. */
const EXPENSE = "employee_expense";

/** The metrics of a form: with the field of payroll before what it gives, in the shape of a metric. @param {Metric[]} metrics @returns {Metric[]} */
export function withPayroll(metrics) {
  return metrics.flatMap((each) => (each.name === EXPENSE ? [{ ...each, name: PAYROLL, label: "Payroll with the owner's pay in it", optional: true }, each] : [each]));
}

/** The key of the metric that a field is about. @param {string} name */
const keyOf = (name) => (name === PAYROLL ? EXPENSE : name);

/** The metric that a field is about. @param {Metric} metric @param {Metric[]} metrics */
export function seriesOf(metric, metrics) {
  return metrics.find((each) => each.name === keyOf(metric.name)) ?? metric;
}

/** The fields of a month as it is stored, {name: value} of the month before beside them.
 * @param {string} month @param {Metric[]} metrics @param {Map<string, MonthlyMetric>} stored @param {Map<string, number | null>} before
 * @param {number | null} [payroll] what employee expense is computed from @returns {State} */
export function initialState(month, metrics, stored, before, payroll = null) {
  const fields = metrics.map((metric) => {
    const isPayroll = metric.name === PAYROLL;
    const kept = isPayroll ? undefined : stored.get(metric.name);
    const isManual = isPayroll ? payroll !== null : kept?.source === "manual";
    const first = isManual ? fieldText(isPayroll ? payroll : kept?.value, metric.unit) : "";
    const field = { metric, stored: kept, before: before.get(metric.name), isManual, isComputed: metric.name === EXPENSE && payroll !== null, first, text: first };
    return /** @type {[string, Field]} */ ([metric.name, field]);
  });
  return { month, fields: new Map(fields), check: 0, rejected: new Map() };
}

/** A month without fields, while another one is on its way: nothing is unsaved. @param {string} month @returns {State} */
export function emptyState(month) {
  return initialState(month, [], new Map(), new Map());
}

/** The field of a metric. @param {State} state @param {string} name */
export function fieldOf(state, name) {
  return /** @type {Field} */ (state.fields.get(name));
}

/** The state with another text in a field: an answer of a check that is still on its way is about something else. @param {State} state @param {string} name @param {string} text @returns {State} */
export function typed(state, name, text) {
  const fields = new Map(state.fields).set(name, { ...fieldOf(state, name), text });
  return { ...state, fields, check: state.check + 1, rejected: new Map() };
}

/** The state after the API has said which values it rejects, {name: sentence}; null when it was overtaken.
 * @param {State} state @param {number} check @param {Map<string, string>} rejected @returns {State | null} */
export function checked(state, check, rejected) {
  return state.check === check ? { ...state, rejected } : null;
}

/** What is to become of a value: `{number}`, `{release: true}`, `{fault}`, or nothing at all. @param {Field} field @returns {Choice} */
export function choiceOf({ metric, isManual, first, text }) {
  const input = parseInput(text, metric.unit);
  if (input.fault) return input;
  if (input.number === undefined) return isManual ? { release: true } : {};
  return isManual && input.number === read(first) ? {} : input;
}

/** What is to be done: values as decimal numbers, payroll, metrics to release, and the names of fields that hold no number.
 * Payroll that is emptied releases what it gave, unless that is said itself. @param {State} state */
export function draft(state) {
  /** @type {{values: {metric_name: string, metric_value: unknown}[], release: string[], wrong: string[], payroll?: unknown}} */
  const result = { values: [], release: [], wrong: [] };
  for (const [name, field] of state.fields) {
    const choice = choiceOf(field);
    if (choice.fault) result.wrong.push(name);
    if (choice.number !== undefined && name === PAYROLL) result.payroll = jsonNumber(choice.number);
    else if (choice.number !== undefined) result.values.push({ metric_name: name, metric_value: jsonNumber(choice.number) });
    if (choice.release) result.release.push(name);
  }
  const isSaid = result.values.some((each) => each.metric_name === EXPENSE);
  const released = new Set(result.release.map(keyOf));
  result.release = [...released].filter((name) => name !== EXPENSE || !isSaid);
  return result;
}

/** What was seen of every value that is to change, so that nobody is written over unseen. @param {State} state */
export function seen(state) {
  const changed = [...state.fields].filter(([, field]) => Object.keys(choiceOf(field)).length);
  const names = new Set(changed.map(([name]) => keyOf(name)));
  return [...names].map((name) => ({ metric_name: name, expected_value: fieldOf(state, name).stored?.value ?? null }));
}

/** Whether anything would be lost by leaving. @param {State} state */
export function isDirty(state) {
  const { values, release, wrong, payroll } = draft(state);
  return values.length + release.length + wrong.length > 0 || payroll !== undefined;
}

/** What is wrong with a field, as a sentence, or null. @param {State} state @param {string} name */
export function faultOf(state, name) {
  return state.rejected.get(name) ?? choiceOf(fieldOf(state, name)).fault ?? null;
}

/** How much there is to save, in words, and how many values need another look. @param {State} state */
export function summary(state) {
  const { values, release, wrong, payroll } = draft(state);
  const saved = values.length + (payroll === undefined ? 0 : 1);
  const parts = [saved ? `${count(saved, "value")} to save` : null, release.length ? `${release.length} to release` : null].filter(Boolean);
  const faults = wrong.length + state.rejected.size;
  const idle = faults ? null : "Nothing yet: change a value to see what it affects.";
  return { text: parts.length ? `${parts.join(", ")}.` : idle, faults, isIdle: !parts.length && !faults };
}

/** The required inputs that a month lacks. @param {Metric[]} metrics @param {Map<string, MonthlyMetric>} stored */
export function missingInputs(metrics, stored) {
  return metrics.filter((each) => each.kind === "input" && !each.optional && (stored.get(each.name)?.value ?? null) === null);
}

/** A number as it stands in a field: separated thousands, cents where it is money. @param {number | null | undefined} value @param {Unit} unit */
export function fieldText(value, unit) {
  if (value === null || value === undefined) return "";
  const least = unit === "dollars" || unit === "hours" ? 2 : 0;
  const form = forms.get(least) ?? new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: 4 });
  forms.set(least, form);
  return form.format(value);
}

/** What was typed: `{number}` as plain decimal text, `{fault}` as a sentence, or neither when nothing was. @param {string} entered @param {Unit} unit @returns {Choice} */
export function parseInput(entered, unit) {
  const text = entered.trim().replace(/^[−–]/, "-");
  if (!text) return {};
  const isForeign = /%/.test(text) || Object.entries(SIGNS).some(([other, sign]) => other !== unit && sign.test(text));
  const number = isForeign ? null : read(text);
  const excerpt = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  if (number === null) return { fault: `"${excerpt}" is not a number: expected one such as ${unit === "dollars" ? "$1,234.50" : "1,234.5"}.` };
  if (!JSON.rawJSON && number.replace(/\D/g, "").length > SAFE) return { fault: `"${excerpt}" has more digits than this browser can send.` };
  return { number };
}
