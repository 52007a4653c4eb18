// The state of the form for values: what is typed, what is to be done about it, and what is overtaken.

import assert from "node:assert/strict";
import { test } from "node:test";

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
  parseInput,
  seen,
  summary,
  typed,
  withPayroll,
} from "../../../qbr_pipeline/dashboard/static/pages/enter_state.js";

const METRICS = [
  { name: "mrr", label: "MRR", unit: "dollars", kind: "input", optional: false },
  { name: "misc", label: "Misc", unit: "dollars", kind: "input", optional: true },
  { name: "tickets", label: "Tickets", unit: "count", kind: "collected", optional: false },
];
const STORED = new Map([
  ["mrr", { value: 1200.5, source: "manual" }],
  ["tickets", { value: 40, source: "collected" }],
]);

const opened = () => initialState("2025-05", METRICS, STORED, new Map([["mrr", 1000]]));

/** Numbers of a draft as plain numbers, however the browser sends them. */
const plain = (values) => JSON.parse(JSON.stringify(values));

test("an opened month holds what people entered, leaves what is collected empty, and has nothing to save", () => {
  const state = opened();
  assert.deepEqual([fieldOf(state, "mrr").text, fieldOf(state, "tickets").text, fieldOf(state, "misc").text], ["1,200.50", "", ""]);
  assert.equal(fieldOf(state, "mrr").before, 1000);
  assert.equal(isDirty(state), false);
  assert.deepEqual(summary(state), { text: "Nothing yet: change a value to see what it affects.", faults: 0, isIdle: true });
});

test("a typed number is a value to save, and the state before it stays as it was", () => {
  const before = opened();
  const after = typed(before, "tickets", "42");
  assert.deepEqual(plain(draft(after)), { values: [{ metric_name: "tickets", metric_value: 42 }], release: [], wrong: [] });
  assert.equal(summary(after).text, "1 value to save.");
  assert.equal(isDirty(before), false);
});

test("the same number in another writing is no change", () => {
  for (const text of ["1200.5", "$1,200.50", " 1,200.500 "]) assert.equal(isDirty(typed(opened(), "mrr", text)), false, text);
});

test("a field that is emptied releases what people entered, and nothing else", () => {
  assert.deepEqual(draft(typed(opened(), "mrr", " ")).release, ["mrr"]);
  assert.equal(isDirty(typed(opened(), "tickets", "")), false);
});

test("what was typed and put back leaves nothing to save", () => {
  assert.equal(isDirty(typed(typed(opened(), "mrr", "7"), "mrr", "1,200.50")), false);
});

test("values, releases and faults are counted in one sentence", () => {
  const state = typed(typed(typed(opened(), "mrr", ""), "tickets", "41"), "misc", "x");
  assert.deepEqual(summary(state), { text: "1 value to save, 1 to release.", faults: 1, isIdle: false });
});

const FAULTS = [
  ["12%", "dollars"],
  ["$5", "count"],
  ["2 h", "dollars"],
  ["1,23", "count"],
  ["1e5", "count"],
];

for (const [text, unit] of FAULTS) {
  test(`"${text}" is no number of ${unit}`, () => assert.match(parseInput(text, unit).fault, /is not a number: expected one such as/));
}

test("a long text is repeated only in part", () => assert.ok(parseInput("x".repeat(500), "count").fault.length < 120));

test("a minus sign of a word processor is a minus sign", () => assert.equal(parseInput("−5", "dollars").number, "-5"));

test("digits that the browser could not send exactly are refused, not rounded", () => {
  const choice = parseInput("1234567890123456.78", "dollars");
  assert.ok(JSON.rawJSON ? choice.number === "1234567890123456.78" : /more digits than this browser can send/.test(choice.fault));
});

test("what the API rejects is the field's fault until something is typed", () => {
  const state = typed(opened(), "tickets", "-1");
  const after = checked(state, state.check, new Map([["tickets", "It must not be negative."]]));
  assert.equal(faultOf(after, "tickets"), "It must not be negative.");
  assert.equal(summary(after).faults, 1);
  assert.equal(faultOf(typed(after, "mrr", "5"), "tickets"), null);
});

test("an answer that was overtaken by typing changes nothing", () => {
  const state = typed(opened(), "tickets", "41");
  const later = typed(state, "tickets", "42");
  assert.equal(checked(later, state.check, new Map([["tickets", "no"]])), null);
});

test("a month that is still on its way has nothing to lose", () => {
  assert.equal(isDirty(emptyState("2025-04")), false);
  assert.deepEqual(draft(emptyState("2025-04")), { values: [], release: [], wrong: [] });
});

test("only required inputs without a value are missing", () => {
  assert.deepEqual(missingInputs(METRICS, STORED), []);
  const names = (stored) => missingInputs(METRICS, stored).map((each) => each.name);
  assert.deepEqual(names(new Map()), ["mrr"]);
  assert.deepEqual(names(new Map([["mrr", { value: null }]])), ["mrr"]);
  assert.deepEqual(names(new Map([["mrr", { value: 0 }]])), []);
});

test("a choice is nothing, a number, a release or a fault, and never two of them", () => {
  for (const text of ["", "5", "x", "1,200.50", "-"]) {
    for (const name of ["mrr", "tickets"]) assert.ok(Object.keys(choiceOf(fieldOf(typed(opened(), name, text), name))).length <= 1);
  }
});

test("what was seen of every value that changes is told, whether it is entered or released, and absent is null", () => {
  const after = typed(typed(typed(opened(), "mrr", " "), "tickets", "42"), "misc", "3");
  assert.deepEqual(seen(after), [
    { metric_name: "mrr", expected_value: 1200.5 },
    { metric_name: "misc", expected_value: null },
    { metric_name: "tickets", expected_value: 40 },
  ]);
  assert.deepEqual(seen(opened()), []);
});

const EXPENSE = { name: "employee_expense", label: "Employee Expense", unit: "dollars", kind: "input", optional: false };
const COMPUTED = new Map([["employee_expense", { value: 39000, source: "manual" }]]);
const withPay = (payroll) => initialState("2025-05", withPayroll([...METRICS, EXPENSE]), payroll === null ? new Map() : COMPUTED, new Map(), payroll);

test("payroll stands before employee expense, and what was said of it is in its field", () => {
  const state = withPay(50000);
  assert.deepEqual([...state.fields.keys()].slice(-2), ["payroll", "employee_expense"]);
  assert.deepEqual([fieldOf(state, "payroll").text, fieldOf(state, "employee_expense").isComputed], ["50,000.00", true]);
  assert.equal(isDirty(state), false);
});

test("payroll is said beside the values, and what was seen of it is employee expense", () => {
  const state = typed(withPay(null), "payroll", "50,000");
  assert.deepEqual(plain(draft(state)), { values: [], release: [], wrong: [], payroll: 50000 });
  assert.deepEqual(seen(state), [{ metric_name: "employee_expense", expected_value: null }]);
  assert.deepEqual([isDirty(state), summary(state).text], [true, "1 value to save."]);
});

test("payroll that is emptied releases employee expense, unless that is typed", () => {
  const emptied = typed(withPay(50000), "payroll", "");
  assert.deepEqual(draft(emptied).release, ["employee_expense"]);
  assert.deepEqual(draft(typed(emptied, "employee_expense", "")).release, ["employee_expense"]);
  assert.deepEqual(draft(typed(emptied, "employee_expense", "40000")).release, []);
});
