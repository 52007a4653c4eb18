// The fields as cells of a spreadsheet: Enter goes down, with Shift up, and a pasted column fills the fields below.

import { announce } from "../page.js";
import { PAYROLL } from "./enter_state.js";

/** Make the inputs in `place` behave so, whichever they are at the time. @param {HTMLElement} container */
export function addSpreadsheetKeys(container) {
  const inputs = () => [...container.querySelectorAll("input")].filter((input) => input.checkVisibility());
  container.addEventListener("keydown", (event) => walk(event, inputs()));
  const isCell = (/** @type {HTMLInputElement} */ input, /** @type {Event} */ event) => input.id !== `field-${PAYROLL}` || input === event.target;
  container.addEventListener("paste", (event) =>
    pasteColumn(
      event,
      inputs().filter((input) => isCell(input, event)),
    ),
  ); // a column has no payroll
}

/** @param {KeyboardEvent} event @param {HTMLInputElement[]} inputs */
function walk(event, inputs) {
  const at = inputs.findIndex((each) => each === event.target);
  if (event.key !== "Enter" || at < 0 || event.isComposing) return;
  event.preventDefault();
  inputs[at + (event.shiftKey ? -1 : 1)]?.focus();
}

/** A cell into each field, from the one with the focus down. An empty cell leaves its field alone; one line is pasted as ever. @param {ClipboardEvent} event @param {HTMLInputElement[]} inputs */
function pasteColumn(event, inputs) {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const cells = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const at = inputs.findIndex((each) => each === event.target);
  if (cells.length < 2 || at < 0 || cells.some((cell) => cell.includes("\t"))) return;
  event.preventDefault();
  const below = inputs.slice(at, at + cells.length);
  below.forEach((input, index) => {
    if (!cells[index].trim()) return;
    input.value = cells[index].trim();
    input.dispatchEvent(new Event("input"));
  });
  below.at(-1)?.focus();
  const left = cells.length - below.length;
  announce(`${below.length} ${below.length === 1 ? "cell was" : "cells were"} pasted${left ? `; ${left} more had no field` : ""}`);
}
