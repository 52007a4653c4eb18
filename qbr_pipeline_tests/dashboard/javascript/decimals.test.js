// Numbers as people type them: read exactly, and moved by powers of ten without a rounding.

import assert from "node:assert/strict";
import { test } from "node:test";

import { jsonNumber, read, shift } from "../../../qbr_pipeline/dashboard/static/decimals.js";

const READ = {
  "1,234.50": "1234.5",
  "$1,234.5": "1234.5",
  "-$7": "-7",
  "($5.00)": "-5",
  "$(5)": "-5",
  "97.5 %": "97.5",
  "2.25 h": "2.25",
  " -.5 ": "-0.5",
  "-0": "0",
  "007": "7",
  "0.10": "0.1",
  "1,23": null,
  "1e5": null,
  ".": null,
  "": null,
  "-": null,
  "1 2": null,
  "٣": null,
};

for (const [typed, plain] of Object.entries(READ)) {
  test(`"${typed}" is read as ${plain}`, () => assert.equal(read(typed), plain));
}

/** Whole numbers that look drawn by lot and are the same each time. */
function* drawn(count) {
  let seed = 7n;
  for (let each = 0; each < count; each += 1) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    yield seed;
  }
}

/** Decimal text of `digits` with `places` of them after the point. */
function decimal(digits, places) {
  const text = String(digits).padStart(places + 1, "0");
  return places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text;
}

test("a point that is moved and moved back leaves the number as it was", () => {
  for (const seed of drawn(500)) {
    const text = read(decimal(seed % 10n ** 15n, Number(seed % 13n)));
    assert.ok(text);
    for (const places of [-4, -2, 0, 2, 5]) assert.equal(shift(shift(text, places), -places), text);
  }
});

test("a moved point is the same as a multiplication", () => {
  for (const seed of drawn(500)) {
    const digits = seed % 10n ** 12n;
    assert.equal(shift(decimal(digits, 4), 4), String(digits));
    assert.equal(shift(String(digits), 2), String(digits * 100n));
  }
});

test("nothing becomes a negative zero", () => assert.equal(shift("-0.00", -2), "0"));

test("a number for a request has its value, whether or not the browser can send it exactly", () => {
  assert.equal(JSON.parse(JSON.stringify({ value: jsonNumber("1234.5") })).value, 1234.5);
});
