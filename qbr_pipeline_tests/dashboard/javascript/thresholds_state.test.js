// The state of one metric's thresholds: what is stored, what is typed, and what saving has to do.

import assert from "node:assert/strict";
import { test } from "node:test";

import { changes, initialState, isChanged, isSet, limitsOf, saved, storedLimits, typed, wrongTypes } from "../../../qbr_pipeline/dashboard/static/pages/thresholds_state.js";

const NONE = { warning: null, critical: null };
const percent = () => initialState("percent", { warning: "0.975", critical: null });

/** What saving would do, with plain numbers. */
const plan = (state, wanted) => JSON.parse(JSON.stringify(changes(state, wanted)));

test("percentages are typed as people read them and stored as fractions, exactly", () => {
  assert.deepEqual(percent().entered, { warning: "97.5", critical: "" });
  assert.deepEqual(limitsOf(percent()), { warning: "0.975", critical: null });
  assert.deepEqual(limitsOf(typed(percent(), "critical", "58.35 %")), { warning: "0.975", critical: "0.5835" });
});

test("other units are stored as they are typed", () => {
  assert.deepEqual(limitsOf(typed(initialState("dollars", NONE), "warning", "$1,234.50")), { warning: "1234.5", critical: null });
});

test("only another text is a change, and typing leaves the state before as it was", () => {
  const before = percent();
  assert.equal(isChanged(typed(before, "warning", "98")), true);
  assert.equal(isChanged(typed(before, "warning", " 97.5 ")), false);
  assert.equal(isChanged(before), false);
});

test("what holds something else than a number is named; an empty field is none", () => {
  assert.deepEqual(wrongTypes(typed(typed(percent(), "warning", "9x"), "critical", " ")), ["warning"]);
});

test("saving deletes what is empty by now and sets what is new, and leaves alone what is as it was", () => {
  const state = initialState("count", { warning: "10", critical: "20" });
  assert.deepEqual(plan(state, { warning: null, critical: "25" }), { removed: ["warning"], set: [{ type: "critical", value: 25, seen: 20 }] });
  assert.deepEqual(plan(initialState("count", NONE), { warning: "5", critical: null }).set, [{ type: "warning", value: 5, seen: null }]);
  assert.deepEqual(plan(state, { warning: "10", critical: "20" }), { removed: [], set: [] });
  assert.deepEqual(plan(state, NONE), { removed: ["warning", "critical"], set: [] });
});

test("what was stored before a later request failed stays stored, and the texts stay typed", () => {
  const state = saved(typed(initialState("count", { warning: "10", critical: null }), "warning", ""), "warning", null);
  assert.deepEqual([state.stored.warning, state.entered.warning, isChanged(state), isSet(state)], [null, "", false, false]);
});

test("the thresholds of an answer become texts, and none stays none", () => {
  assert.deepEqual(storedLimits({ limits: { warning: 0, critical: null } }), { warning: "0", critical: null });
});
