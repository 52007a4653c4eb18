// One month's values as a form: checked while typing by the API, and saved all together.

import { get, getOrNull, mayWrite, post, Problem } from "../api.js";
import { inBody } from "../decimals.js";
import { ask } from "../dialog.js";
import { addressWith, byId, h, icon, show } from "../dom.js";
import { period, plusMonths, previous } from "../format.js";
import { showHistory } from "../history.js";
import { notice, say, sentence, start } from "../page.js";
import { chosen } from "../periods.js";
import { onReturn, step } from "../steps.js";
import { keepTyped, putBack, TYPED } from "../typed.js";
import { makeField } from "./enter_fields.js";
import { likeASpreadsheet } from "./enter_keys.js";
import { readTable } from "./enter_read.js";
import { follows } from "./enter_review.js";
import { agreed, tellSaved } from "./enter_saved.js";
import { sections } from "./enter_sections.js";

const PAUSE = 300; // milliseconds without a key before the API is asked
const BACK = 35; // months before this one that are offered at least
const NAMED = 4; // missing inputs that are named; more are seen in the form
const WHO = "qbr-entered-by";

let month;
let current; // the month in progress
let definitions;
let known;
let begun; // the months of which anything is kept
let fields = [];
let asked = 0;
let pause;

start(async () => {
  const [told, found] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  definitions = found;
  current = told.current_period;
  known = new Map([...found.metrics, ...found.smartnumbers].map((each) => [each.name, each]));
  begun = new Set(told.periods.map((each) => each.period));
  const choices = offered(told);
  month = chosen(choices, choices[1], { because: "it is not among the months offered here" });
  offerMonths(choices);
  await fill();
  takeUp();
  pointOut(new URLSearchParams(location.search).get("metric"));
});

if (mayWrite) listen();
onReturn(async () => {
  if (!(await mayLeave())) {
    step({ period: month, metric: null });
    return;
  }
  fields = [];
  location.reload();
});
window.addEventListener("beforeunload", (event) => {
  if (isDirty()) event.preventDefault();
});

/** This month and those before it, as far back as anything is kept and a few years at least. */
function offered(told) {
  const usual = plusMonths(told.current_period, -BACK);
  const first = told.periods.length && told.periods[0].period < usual ? told.periods[0].period : usual;
  const made = [];
  for (let each = told.current_period; each >= first; each = previous(each)) made.push(each);
  return made;
}

function offerMonths(choices) {
  const select = byId("period");
  const years = Map.groupBy(choices, (each) => each.slice(0, 4));
  show(
    select,
    [...years].map(([label, months]) => h("optgroup", { label }, months.map((each) => h("option", { value: each, selected: each === month }, period(each))))),
  );
  select.onchange = async () => {
    const wanted = select.value;
    if (!(await mayLeave())) {
      select.value = month;
      return;
    }
    month = wanted;
    fields = []; // those of the month before take nothing for this one, however long it is on its way
    show(byId("sections"));
    show(byId("about"));
    count();
    step({ period: month, metric: null });
    notice("period", null);
    notice("typed", null);
    byId("saved").classList.add("d-none");
    start(fill);
  };
}

/** Whether nothing is unsaved, or the person gives it up. */
async function mayLeave() {
  return !isDirty() || ask("Leave without saving?", "Leave", "Stay", h("p", {}, `What was typed for ${period(month)} is not saved.`));
}

async function fill() {
  const wanted = month;
  const last = previous(month);
  const [now, before] = await Promise.all([month, last].map((each) => (begun.has(each) ? getOrNull("/metrics/monthly", { period: each }) : null)));
  if (wanted !== month) return; // another month was chosen meanwhile
  const kept = new Map((now?.metrics ?? []).map((each) => [each.name, each]));
  const values = new Map((before?.metrics ?? []).map((each) => [each.name, each.value]));
  about(kept);
  if (!mayWrite) {
    show(byId("sections"), readTable(definitions.metrics, { month, last, kept, values, history: openHistory }));
    return;
  }
  fields = definitions.metrics.map((metric) =>
    makeField(metric, { month, last, kept: kept.get(metric.name), before: values.get(metric.name) }, { changed: typed, history: () => openHistory(metric) }),
  );
  show(byId("sections"), sections(fields, month, last));
  show(byId("review"));
  count();
}

function about(kept) {
  const missing = definitions.metrics.filter((each) => each.kind === "input" && !each.optional && (kept.get(each.name)?.value ?? null) === null);
  const names = missing.length > NAMED ? "" : `: ${missing.map((each) => each.label).join(", ")}`;
  const state = missing.length ? `${missing.length} ${missing.length === 1 ? "input is" : "inputs are"} missing${names}.` : "Every input is there.";
  const role = mayWrite ? "" : "Your key may read and not write, so the values are shown and cannot be entered.";
  show(byId("about"), `${period(month)}${month === current ? ", in progress" : ""}. ${state} ${role}`);
}

function openHistory(metric) {
  return start(() => showHistory(month, metric), "history");
}

/** Go to the field of a metric that the address names. */
function pointOut(name) {
  const field = fields.find((each) => each.metric.name === name);
  if (!field) return;
  field.element.closest("details")?.setAttribute("open", "");
  field.input.focus({ preventScroll: true });
  field.element.scrollIntoView({ block: "center" });
}

/** What was typed before the session ended, and is not saved yet. */
function takeUp() {
  if (!mayWrite || !putBack(`enter ${month}`)) return;
  for (const field of fields) if (field.choice().number !== undefined || field.choice().fault) field.element.closest("details")?.setAttribute("open", "");
  notice("typed", TYPED);
}

/** The texts that are not saved, by the id of their field. */
function typedTexts() {
  const changed = fields.filter((field) => Object.keys(field.choice()).length).map((field) => field.input);
  const others = [byId("entered_by"), byId("notes")].filter((field) => field.value);
  return changed.length ? Object.fromEntries([...changed, ...others].map((field) => [field.id, field.value])) : {};
}

function listen() {
  const who = byId("entered_by");
  who.value = localStorage.getItem(WHO) ?? "";
  who.addEventListener("input", () => blame(null));
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  likeASpreadsheet(byId("sections"));
  keepTyped(() => {
    const texts = typedTexts();
    if (Object.keys(texts).length) history.replaceState(history.state, "", addressWith({ period: month }));
    fields = []; // nothing is lost by leaving
    return { of: `enter ${month}`, texts };
  });
  byId("undo").addEventListener("click", () => {
    notice("typed", null);
    start(fill);
  });
}

/** What is to be done: values as decimal text, metrics to release, and the fields that hold no number. */
function draft() {
  const made = { values: [], release: [], wrong: [] };
  for (const field of fields) {
    const choice = field.choice();
    if (choice.fault) made.wrong.push(field);
    if (choice.number !== undefined) made.values.push({ metric_name: field.metric.name, metric_value: inBody(choice.number) });
    if (choice.release) made.release.push(field.metric.name);
  }
  return made;
}

function isDirty() {
  const { values, release, wrong } = draft();
  return values.length + release.length + wrong.length > 0;
}

function typed() {
  asked += 1; // an answer that is still on its way is about something else
  count();
  clearTimeout(pause);
  pause = setTimeout(() => check(), PAUSE);
}

/** Let the API judge what is typed and show what follows; how many values it refuses, null when overtaken. */
async function check() {
  clearTimeout(pause);
  const turn = (asked += 1);
  const { values, release, wrong } = draft();
  let told = { faults: [], changes: [], smartnumbers: [] };
  try {
    if (values.length || release.length) told = await post("/metrics/manual/check", { period: month, values, release });
    if (turn !== asked) return null;
    refuse(null);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (turn !== asked) return null;
    fields.forEach((field) => field.mark());
    refuse(problem.message);
    return null;
  }
  const faults = new Map(told.faults.map((each) => [each.name, sentence(each.message)]));
  fields.forEach((field) => field.mark(faults.get(field.metric.name)));
  const focused = fields.find((field) => field.input === document.activeElement);
  if (focused?.input.getAttribute("aria-invalid")) say(faults.get(focused.metric.name) ?? focused.choice().fault);
  show(byId("review"), follows(told, known));
  count(faults.size);
  return faults.size + wrong.length;
}

/** Say how much there is to save. */
function count(refused = 0) {
  const { values, release, wrong } = draft();
  const parts = [];
  if (values.length) parts.push(`${values.length} ${values.length === 1 ? "value" : "values"} to save`);
  if (release.length) parts.push(`${release.length} to release`);
  const faults = wrong.length + refused;
  show(
    byId("count"),
    parts.length ? `${parts.join(", ")}.` : faults ? null : "Nothing yet: change a value to see what follows from it.",
    faults ? h("span", { class: "text-bad d-block" }, icon("exclamation-circle-fill", "me-1"), `${faults} ${faults === 1 ? "value needs" : "values need"} another look.`) : null,
  );
  byId("save").disabled = !parts.length && !faults;
  byId("undo").disabled = !parts.length && !faults;
  if (!parts.length && !faults) show(byId("review"));
}

async function save() {
  if (!isDirty()) return;
  const by = byId("entered_by").value.trim();
  if (!by) {
    blame("Say who enters this: the history keeps the name.");
    return;
  }
  const refused = await check();
  if (refused === null) return;
  if (refused) {
    const first = fields.find((field) => field.input.getAttribute("aria-invalid"));
    first.element.closest("details")?.setAttribute("open", "");
    first.input.focus();
    return;
  }
  const { values, release } = draft();
  const given = fields.filter((field) => release.includes(field.metric.name));
  if (given.length && !(await agreed(given, month))) return;
  byId("save").disabled = true;
  try {
    const stored = await post("/metrics/manual/batch", { period: month, values, release, entered_by: by, notes: byId("notes").value });
    begun.add(month);
    localStorage.setItem(WHO, by);
    byId("notes").value = "";
    notice("typed", null);
    await fill();
    tellSaved(byId("saved"), stored, by, month, known);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    count();
    refuse(problem.message);
  }
}

function blame(text) {
  const who = byId("entered_by");
  who.classList.toggle("is-invalid", Boolean(text));
  if (text) who.setAttribute("aria-invalid", "true");
  else who.removeAttribute("aria-invalid");
  show(byId("entered_by-fault"), text);
  if (text) who.focus();
}

function refuse(text) {
  const place = byId("refused");
  place.classList.toggle("d-none", !text);
  show(place, text ? sentence(text) : null);
}
