// Walking through the cells of a table, and the rectangles that are chosen in it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { nextPosition, rectangle } from "../../../qbr_pipeline/dashboard/static/grid.js";

const LAST = [3, 5];

const STEPS = [
  ["ArrowUp", [0, 1]],
  ["ArrowDown", [2, 1]],
  ["ArrowLeft", [1, 0]],
  ["ArrowRight", [1, 2]],
  ["Home", [1, 0]],
  ["End", [1, 5]],
];

for (const [key, position] of STEPS) {
  test(`${key} leads from the second cell of the second row to ${position}`, () => assert.deepEqual(nextPosition([1, 1], key, LAST), position));
}

test("no key leads out of the table", () => {
  for (const [key] of STEPS) {
    for (const corner of [
      [0, 0],
      [0, 5],
      [3, 0],
      [3, 5],
    ]) {
      const [row, column] = nextPosition(corner, key, LAST);
      assert.ok(row >= 0 && row <= LAST[0] && column >= 0 && column <= LAST[1], `${key} from ${corner}`);
    }
  }
});

test("other keys lead nowhere", () => {
  for (const key of ["a", "Enter", "Tab", "Escape", "toString"]) assert.equal(nextPosition([1, 1], key, LAST), null);
});

test("a rectangle is the same whichever corner it was begun in", () => {
  const expected = { top: 1, bottom: 3, left: 0, right: 4 };
  assert.deepEqual(rectangle([1, 4], [3, 0]), expected);
  assert.deepEqual(rectangle([3, 0], [1, 4]), expected);
});

test("a single cell is a rectangle too", () => assert.deepEqual(rectangle([2, 2], [2, 2]), { top: 2, bottom: 2, left: 2, right: 2 }));
