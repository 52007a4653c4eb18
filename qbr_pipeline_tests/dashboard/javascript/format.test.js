// Values, periods and moments as people read them.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ABSENT,
  ago,
  brief,
  businessTime,
  change,
  count,
  day,
  duration,
  exact,
  isQuarter,
  onAxis,
  period,
  sentence,
  shortMonth,
} from "../../../qbr_pipeline/dashboard/static/format.js";

const UNITS = ["count", "hours", "dollars", "ratio", "percent", "number"];

test("what is absent is a dash in every unit, and zero is not", () => {
  for (const unit of UNITS) {
    for (const absent of [null, undefined]) assert.deepEqual([brief(absent, unit), exact(absent, unit)], [ABSENT, ABSENT]);
    assert.notEqual(brief(0, unit), ABSENT);
  }
});

const VALUES = [
  [0.014, "percent", "1.4 %", "1.40 %"],
  [2973.4, "dollars", "$2,973", "$2,973.40"],
  [-12.5, "dollars", "-$12.50", "-$12.50"],
  [0.2537, "hours", "0.25 h", "0.25 h"],
  [1234.5, "count", "1,234.5", "1,234.5"],
  [0, "count", "0", "0"],
];

for (const [value, unit, short, full] of VALUES) {
  test(`${value} ${unit} reads ${short}`, () => assert.deepEqual([brief(value, unit), exact(value, unit)], [short, full]));
}

test("as many decimals are shown as are asked for", () => assert.equal(exact(0.2537, "hours", 4), "0.2537 h"));

test("percentages move by points, everything else by percent", () => {
  assert.equal(change(0.975, 0.95, "percent"), "+2.5 pts");
  assert.equal(change(90, 100, "dollars"), "-10.0 %");
  assert.equal(change(5, 5, "count"), "±0.0 %");
});

test("nothing is compared with what is absent, nor with zero", () => {
  for (const [value, before] of [
    [1, null],
    [null, 1],
    [1, undefined],
    [1, 0],
  ]) {
    assert.equal(change(value, before, "count"), null);
  }
});

test("an axis has the decimals that tell its ticks apart", () => {
  assert.equal(onAxis(0.5, "dollars", [0, 0.5, 1]), "$0.5");
  assert.equal(onAxis(0.5, "percent", [0, 0.5, 1]), "50 %");
  assert.equal(onAxis(0.025, "hours", [0, 0.025, 0.05]), "0.025 h");
});

test("months and quarters are named", () => {
  assert.deepEqual([period("2025-03"), period("2025-Q1"), shortMonth("2025-12")], ["March 2025", "Q1 2025", "Dec 25"]);
  assert.deepEqual([isQuarter("2025-Q1"), isQuarter("2025-03")], [true, false]);
});

test("days and times are those of the text, whatever the machine's time zone", () => {
  assert.equal(day("2025-03-31"), "Mar 31, 2025");
  assert.equal(businessTime("2025-03-31T23:59:30-05:00"), "Mar 31, 2025, 23:59");
  assert.equal(businessTime(null), ABSENT);
});

test("an age is told in the largest unit that fits, days from two on", () => {
  const at = (hours) => ago(new Date(Date.UTC(2025, 5, 15) - hours * 3_600_000).toISOString(), Date.UTC(2025, 5, 15));
  assert.deepEqual([at(0), at(0.5), at(1), at(47), at(48)], ["just now", "30 minutes ago", "1 hour ago", "47 hours ago", "2 days ago"]);
});

test("durations are whole seconds in words", () => {
  assert.deepEqual([0, 45, 200, 3900].map(duration), ["under 1 s", "45 s", "3 min 20 s", "1 h 5 min"]);
});

test("one of a thing has no plural", () => {
  assert.deepEqual([count(0, "value"), count(1, "value"), count(2, "entry", "entries")], ["0 values", "1 value", "2 entries"]);
});

test("a text becomes a sentence once", () => {
  assert.deepEqual(["it fell", "It fell.", "why?"].map(sentence), ["It fell.", "It fell.", "Why?"]);
});
