// The fields as cells of a spreadsheet: Enter goes down, with Shift up, and a pasted column fills the fields below.

import { announce } from "../page.js";

/** Make the inputs in `place` behave so, whichever they are at the time. */
export function addSpreadsheetKeys(container) {
  const inputs = () => [...container.querySelectorAll("input")].filter((input) => input.checkVisibility());
  container.addEventListener("keydown", (event) => walk(event, inputs()));
  container.addEventListener("paste", (event) => pasteColumn(event, inputs()));
}

function walk(event, inputs) {
  const at = inputs.indexOf(event.target);
  if (event.key !== "Enter" || at < 0 || event.isComposing) return;
  event.preventDefault();
  inputs[at + (event.shiftKey ? -1 : 1)]?.focus();
}

/** A cell into each field, from the one with the focus down. An empty cell leaves its field alone; one line is pasted as ever. */
function pasteColumn(event, inputs) {
  const cells = event.clipboardData
    .getData("text/plain")
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
  const at = inputs.indexOf(event.target);
  if (cells.length < 2 || at < 0 || cells.some((cell) => cell.includes("\t"))) return;
  event.preventDefault();
  const below = inputs.slice(at, at + cells.length);
  below.forEach((input, index) => {
    if (!cells[index].trim()) return;
    input.value = cells[index].trim();
    input.dispatchEvent(new Event("input"));
  });
  below.at(-1).focus();
  const left = cells.length - below.length;
  announce(`${below.length} ${below.length === 1 ? "cell was" : "cells were"} pasted${left ? `; ${left} more had no field` : ""}`);
}
