// Choosing among the periods that the API lists.

import assert from "node:assert/strict";
import { test } from "node:test";

import { choose, findPeriod, named, newestFirst } from "../../../qbr_pipeline/dashboard/static/periods.js";

const CHOICES = ["2025-02", "2025-01"];

test("what is requested and is there is chosen, without a notice", () => {
  assert.deepEqual(choose(CHOICES, "2025-01", "2025-02"), { value: "2025-01", notice: null });
});

test("without a request the usual one is chosen, without a notice", () => {
  for (const nothing of [null, ""]) assert.deepEqual(choose(CHOICES, nothing, "2025-02"), { value: "2025-02", notice: null });
});

test("what is not there is named, with the reason and with what is shown instead", () => {
  assert.deepEqual(choose(CHOICES, "2019-Q3", "2025-02"), { value: "2025-02", notice: "Q3 2019 cannot be shown: there is no data for it. You see February 2025 instead." });
});

test("a text that is no period stands in quotes", () => {
  const texts = ["<b>", "2025-13", "2025-Q5", "2025-1", "20255-01"];
  assert.deepEqual(
    texts.map(named),
    texts.map((text) => `"${text}"`),
  );
  assert.deepEqual(["2025-03", "2025-Q4", "2025"].map(named), ["March 2025", "Q4 2025", "2025"]);
});

test("the newest comes first, and the list of the answer stays as it was", () => {
  const list = [{ period: "2025-01" }, { period: "2025-02" }];
  assert.deepEqual(newestFirst(list), CHOICES);
  assert.equal(list[0].period, "2025-01");
});

test("a period is found among months and quarters, or not at all", () => {
  const periods = { periods: [{ period: "2025-01", previous: "2024-12" }], quarters: [{ period: "2025-Q1", previous: "2024-Q4" }] };
  assert.deepEqual(
    ["2025-01", "2025-Q1", "2024-Q4"].map((name) => findPeriod(periods, name)?.previous),
    ["2024-12", "2024-Q4", undefined],
  );
});
