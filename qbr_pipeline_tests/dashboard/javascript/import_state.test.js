import assert from "node:assert/strict";
import test from "node:test";

import { base64, counts, labelsOf, LEFT_OUT, sorted } from "../../../qbr_pipeline/dashboard/static/pages/import_state.js";

const cell = (/** @type {string} */ outcome) => /** @type {any} */ ({ outcome });

test("a file of any size becomes base64", () => {
  assert.equal(base64(new Uint8Array([104, 105])), "aGk=");
  assert.equal(atob(base64(new Uint8Array(20_000))).length, 20_000);
});

test("what is left out of a file goes as no metric", () => {
  const meanings = new Map([
    [JSON.stringify(["Staff", "Heads"]), "employees"],
    [JSON.stringify(["", "Mood"]), LEFT_OUT],
  ]);
  assert.deepEqual(labelsOf(meanings), [
    { section: "Staff", label: "Heads", metric_name: "employees" },
    { section: "", label: "Mood", metric_name: null },
  ]);
});

test("cells that change something come first, and each outcome is counted", () => {
  const cells = ["equal", "new", "changed", "new"].map(cell);
  assert.deepEqual(
    sorted(cells).map((each) => each.outcome),
    ["changed", "new", "new", "equal"],
  );
  assert.equal(counts(cells), "2 new, 1 changed, 1 equal, 0 kept");
});
