// One month's values as a form: checked while typing by the API, and saved all together.

import { get, getOrNull, mayWrite, post, Problem } from "../api.js";
import { ask } from "../dialog.js";
import { addressWith, byId, h, icon, show } from "../dom.js";
import { keepDrafts, lastAuthor, rememberAuthor, restoreDrafts, RESTORED } from "../drafts.js";
import { optgroups, setFault } from "../elements.js";
import { count, period, sentence } from "../format.js";
import { showHistory } from "../history.js";
import { announce, notice, start } from "../page.js";
import { chosen, onPopState, pushState } from "../url_state.js";
import { makeField } from "./enter_fields.js";
import { addSpreadsheetKeys } from "./enter_keys.js";
import { readTable } from "./enter_read.js";
import { outcomeTables } from "./enter_review.js";
import { confirmRelease, showSaved } from "./enter_saved.js";
import { sections } from "./enter_sections.js";
import {
  checked,
  choiceOf,
  draft,
  emptyState,
  faultOf,
  fieldOf,
  initialState,
  isDirty,
  missingInputs,
  PAYROLL,
  seen,
  seriesOf,
  summary,
  typed,
  withPayroll,
} from "./enter_state.js";

const PAUSE = 300; // milliseconds without a key before the API is asked
const NAMED = 4; // missing inputs that are named; more are seen in the form

let state = emptyState("");
/** @type {Map<string, import("./enter_sections.js").View>} */
let views = new Map(); // the elements of the fields, by name
/** @type {Definitions} */
let definitions;
/** @type {Map<string, AnyNumber>} */
let definitionsByName = new Map();
/** @type {Map<string, Periods["recent"][number]>} */
let recent = new Map(); // the months that are offered, by name
/** @type {string} */
let currentPeriod;
/** @type {number | undefined} */
let pause;

start(async () => {
  const [periods, found] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  definitions = found;
  definitionsByName = new Map([...found.metrics, ...found.smartnumbers].map((each) => [each.name, each]));
  recent = new Map(periods.recent.map((each) => [each.period, each]));
  currentPeriod = periods.current_period;
  const choices = [...recent.keys()];
  const month = chosen(choices, choices[1], { because: "it is not among the months offered here" });
  state = emptyState(month);
  offerMonths(choices, month);
  await fill(month);
  restoreUnsaved();
  focusField(new URLSearchParams(location.search).get("metric"));
});

if (mayWrite) listen();
onPopState(async () => {
  if (!(await mayLeave())) {
    pushState({ period: state.month, metric: null });
    return;
  }
  state = emptyState(state.month);
  location.reload();
});
window.addEventListener("beforeunload", (event) => {
  if (isDirty(state)) event.preventDefault();
});

/** @param {string[]} choices @param {string} month */
function offerMonths(choices, month) {
  const select = byId("period");
  show(select, [optgroups(choices, { heading: (each) => each.slice(0, 4), option: (each) => [each, period(each)] })]);
  select.value = month;
  select.onchange = async () => {
    const wanted = select.value;
    if (!(await mayLeave())) {
      select.value = state.month;
      return;
    }
    state = emptyState(wanted); // fields of the month before take nothing for this one, however long it is on its way
    views = new Map();
    show(byId("sections"));
    show(byId("about"));
    showSummary();
    pushState({ period: wanted, metric: null });
    notice("period", null);
    notice("drafts", null);
    byId("saved").classList.add("d-none");
    start(() => fill(wanted));
  };
}

/** Whether nothing is unsaved, or the person gives it up. */
async function mayLeave() {
  return !isDirty(state) || ask("Leave without saving?", "Leave", "Stay", h("p", {}, `Your changes to ${period(state.month)} are not saved.`));
}

/** @param {string} month */
async function fill(month) {
  const last = recent.get(month)?.previous ?? "";
  const read = (/** @type {string} */ name) => (recent.get(name)?.is_kept ? getOrNull("/metrics/monthly", { period: name }) : null);
  const [now, before] = await Promise.all([read(month), read(last)]);
  if (month !== state.month) return; // another month was chosen meanwhile
  const stored = new Map((now?.metrics ?? []).map((each) => [each.name, each]));
  const values = valuesOf(before);
  describe(month, stored);
  const history = (/** @type {Metric} */ metric) => start(() => showHistory(month, metric), "history");
  if (!mayWrite) return show(byId("sections"), readTable(definitions.metrics, { month, last, stored, values, history }));
  state = initialState(month, withPayroll(definitions.metrics), stored, values, now?.payroll ?? null);
  /** @param {import("./enter_state.js").Field} field */
  const view = (field) => makeField(field, { month, last, onType: (text) => onType(field.metric.name, text), history: () => history(seriesOf(field.metric, definitions.metrics)) });
  views = new Map([...state.fields].map(([name, field]) => [name, view(field)]));
  show(byId("sections"), sections([...views.values()], month, last));
  show(byId("review"));
  showSummary();
}

/** The values of a month by metric, and its payroll. @param {{metrics: MonthlyMetric[], payroll: number | null} | null} kept */
function valuesOf(kept) {
  return new Map([...(kept?.metrics ?? []).map((each) => /** @type {[string, number | null]} */ ([each.name, each.value])), [PAYROLL, kept?.payroll ?? null]]);
}

/** @param {string} month @param {Map<string, MonthlyMetric>} stored */
function describe(month, stored) {
  const missing = missingInputs(definitions.metrics, stored);
  const names = missing.length > NAMED ? "" : `: ${missing.map((each) => each.label).join(", ")}`;
  const inputs = missing.length ? `${count(missing.length, "input is", "inputs are")} missing${names}.` : "Every input is there.";
  const role = mayWrite ? "" : "Your key may only read: you can see the values here, but not enter any.";
  show(byId("about"), `${period(month)}${month === currentPeriod ? ", in progress" : ""}. ${inputs} ${role}`);
}

/** Open the part of the form that holds a field. @param {import("./enter_sections.js").View} view */
function reveal(view) {
  view.element.closest("details")?.setAttribute("open", "");
}

/** Go to the field of a metric that the address names. @param {string | null} name */
function focusField(name) {
  const view = views.get(name ?? "");
  if (!view) return;
  reveal(view);
  view.input.focus({ preventScroll: true });
  view.element.scrollIntoView({ block: "center" });
}

/** What was typed before the session ended, and is not saved yet. */
function restoreUnsaved() {
  if (!mayWrite || !restoreDrafts(`enter ${state.month}`)) return;
  for (const [name, view] of views) if (Object.keys(choiceOf(fieldOf(state, name))).length) reveal(view);
  notice("drafts", RESTORED);
}

/** The texts that are not saved, by the id of their field. */
function unsavedTexts() {
  const changed = [...views].filter(([name]) => Object.keys(choiceOf(fieldOf(state, name))).length).map(([, view]) => view.input);
  const others = [byId("entered_by"), byId("notes")].filter((input) => input.value);
  return changed.length ? Object.fromEntries([...changed, ...others].map((input) => [input.id, input.value])) : {};
}

function listen() {
  const author = byId("entered_by");
  author.value = lastAuthor();
  author.addEventListener("input", () => setAuthorFault(null));
  byId("form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    save();
  });
  addSpreadsheetKeys(byId("sections"));
  keepDrafts(() => {
    const kept = { of: `enter ${state.month}`, texts: unsavedTexts() };
    if (Object.keys(kept.texts).length) history.replaceState(history.state, "", addressWith({ period: state.month }));
    state = emptyState(state.month); // nothing is lost by leaving
    return kept;
  });
  byId("undo").addEventListener("click", () => {
    notice("drafts", null);
    start(() => fill(state.month));
  });
}

/** @param {string} name @param {string} text */
function onType(name, text) {
  if (!state.fields.has(name)) return; // of a month that is being left
  state = typed(state, name, text);
  showSummary();
  clearTimeout(pause);
  pause = setTimeout(() => check(), PAUSE);
}

/** Let the API check what is typed and show what follows; how many values need another look, null when overtaken. */
async function check() {
  clearTimeout(pause);
  state = { ...state, check: state.check + 1 };
  const { check: turn } = state;
  const { values, release, payroll } = draft(state);
  /** @type {Pick<Stored<"/metrics/manual/check">, "faults" | "changes" | "smartnumbers">} */
  let response = { faults: [], changes: [], smartnumbers: [] };
  let rejection = /** @type {string | null} */ (null);
  try {
    if (isDirty(state)) response = await post("/metrics/manual/check", { period: state.month, values, release, payroll });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    rejection = problem.message;
  }
  const next = checked(state, turn, new Map(response.faults.map((each) => [each.name, sentence(each.message)])));
  if (!next) return null;
  state = next;
  showRejection(rejection);
  for (const [name, view] of views) view.mark(fieldOf(state, name), faultOf(state, name));
  if (rejection) return null;
  announceFault();
  show(byId("review"), outcomeTables(response, definitionsByName));
  showSummary();
  return summary(state).faults;
}

/** Say what is wrong with the field that has the focus. */
function announceFault() {
  const [name] = [...views].find(([, view]) => view.input === document.activeElement) ?? [];
  const fault = name ? faultOf(state, name) : null;
  if (fault) announce(fault);
}

/** Say how much there is to save. */
function showSummary() {
  const { text, faults, isIdle } = summary(state);
  const sign = icon("exclamation-circle-fill", "me-1");
  show(byId("count"), text, faults ? h("span", { class: "text-bad d-block" }, sign, `${count(faults, "value needs", "values need")} another look.`) : null);
  byId("save").disabled = isIdle;
  byId("undo").disabled = isIdle;
  if (isIdle) show(byId("review"));
}

async function save() {
  if (!isDirty(state)) return;
  const by = byId("entered_by").value.trim();
  if (!by) return setAuthorFault("Enter your name: the history records it.");
  const faults = await check();
  if (faults === null) return;
  if (faults) return focusFault();
  const { month } = state;
  const { values, release, payroll } = draft(state);
  const released = release.map((name) => fieldOf(state, name));
  if (released.length && !(await confirmRelease(released, month))) return;
  byId("save").disabled = true;
  try {
    const stored = await post("/metrics/manual/batch", { period: month, values, release, payroll, expected: seen(state), entered_by: by, notes: byId("notes").value });
    const offered = recent.get(month);
    if (offered) recent.set(month, { ...offered, is_kept: true });
    rememberAuthor(by);
    byId("notes").value = "";
    notice("drafts", null);
    await fill(month);
    showSaved(byId("saved"), stored, by, month, definitionsByName);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    showSummary();
    showRejection(problem.message);
  }
}

function focusFault() {
  const first = [...views.values()].find((view) => view.input.getAttribute("aria-invalid"));
  if (!first) return;
  reveal(first);
  first.input.focus();
}

/** @param {string | null} text */
function setAuthorFault(text) {
  const author = byId("entered_by");
  setFault(author, byId("entered_by-fault"), text);
  if (text) author.focus();
}

/** @param {string | null} text */
function showRejection(text) {
  const container = byId("refused");
  container.classList.toggle("d-none", !text);
  show(container, text ? sentence(text) : null);
}
