// Copying cells of a table so that a spreadsheet takes numbers for numbers.
// A cell holds what is copied of it in `data-plain`; without it, its text is copied.

import { h } from "./dom.js";

/** Copying from `table` copies the cells of the selected text, else those that `chosenRange` returns (a list, or null).
 * @param {HTMLTableElement} table @param {() => HTMLTableCellElement[] | null} chosenRange */
export function copyAsNumbers(table, chosenRange) {
  document.addEventListener("copy", (event) => {
    const cells = selectedCells(table) ?? chosenRange();
    if (!cells?.length) return;
    const lines = aligned(cells);
    event.clipboardData?.setData("text/plain", lines.map((line) => line.join("\t")).join("\r\n"));
    event.clipboardData?.setData("text/html", markup(lines));
    event.preventDefault();
  });
}

/** Put the whole of `table` on the clipboard; false when the browser refuses. @param {HTMLTableElement} table */
export function copyTable(table) {
  const selection = document.getSelection();
  if (!selection) return false;
  selection.selectAllChildren(table);
  const done = document.execCommand("copy"); // the way that works without https too
  selection.removeAllRanges();
  return done;
}

/** @param {HTMLTableElement} table */
function selectedCells(table) {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount || !selection.getRangeAt(0).intersectsNode(table)) return null;
  const cells = /** @type {HTMLTableCellElement[]} */ ([...table.querySelectorAll("th, td")]);
  return cells.filter((cell) => selection.containsNode(cell, true));
}

/** The texts of `cells`, a line for each row, under each other as in the table. @param {HTMLTableCellElement[]} cells */
function aligned(cells) {
  const columns = cells.map((cell) => cell.cellIndex);
  const first = Math.min(...columns);
  const width = Math.max(...columns) - first + 1;
  const rows = Map.groupBy(cells, (cell) => cell.parentElement);
  return [...rows.values()].map((row) => {
    const line = /** @type {string[]} */ (Array(width).fill(""));
    for (const cell of row) line[cell.cellIndex - first] = plain(cell);
    return line;
  });
}

/** @param {HTMLTableCellElement} cell */
function plain(cell) {
  return (cell.dataset.plain ?? cell.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** @param {string[][]} lines */
function markup(lines) {
  const row = (/** @type {string[]} */ line) => h("tr", {}, [line.map((text) => h("td", {}, text))]);
  return h("table", {}, h("tbody", {}, lines.map(row))).outerHTML;
}
