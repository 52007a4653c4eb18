// Walking through a table by keyboard, and choosing cells, as in a spreadsheet.
// Arrows, Home and End walk; with Shift, or by dragging the mouse, a rectangle of cells is chosen.

/** @typedef {[row: number, column: number]} Position */
/** @typedef {{table: HTMLTableElement, rows: HTMLTableRowElement[], at: Position, from: Position | null}} Grid */

/** @type {Map<string, Position>} */
const STEPS = new Map(Object.entries({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity] }));

/** Where a key leads from a position, inside a table with these last places; null when it leads nowhere. @param {Position} at @param {string} key @param {Position} last @returns {Position | null} */
export function nextPosition([row, column], key, last) {
  const step = STEPS.get(key);
  const within = (/** @type {number} */ place, /** @type {number} */ end) => Math.min(Math.max(place, 0), end);
  return step ? [within(row + step[0], last[0]), within(column + step[1], last[1])] : null;
}

/** The rectangle between two positions, both included. @param {Position} one @param {Position} other */
export function rectangle(one, other) {
  return { top: Math.min(one[0], other[0]), bottom: Math.max(one[0], other[0]), left: Math.min(one[1], other[1]), right: Math.max(one[1], other[1]) };
}

/** Make `table` a grid with one stop of the Tab key; the function that is returned lists the chosen cells, or null. @param {HTMLTableElement} table */
export function makeGrid(table) {
  const rows = [...table.rows].filter((row) => row.cells.length > 1);
  const state = /** @type {Grid} */ ({ table, rows, at: [1, 1], from: null });
  table.setAttribute("role", "grid");
  table.setAttribute("aria-multiselectable", "true");
  for (const cell of rows.flatMap((row) => [...row.cells])) target(cell).tabIndex = -1;
  target(cellAt(state, state.at)).tabIndex = 0;
  table.addEventListener("keydown", (event) => walk(state, event));
  table.addEventListener("focusin", (event) => {
    moveTo(state, positionOf(state, event.target));
    choose(state, null);
  });
  followMouse(state);
  return () => (table.contains(document.activeElement) || state.from ? chosenCells(state) : null);
}

/** What takes the focus in a cell: its link, else itself. @param {HTMLElement} cell */
function target(cell) {
  return cell.querySelector("a") ?? cell;
}

/** @param {Grid} state @param {Position} position */
function cellAt(state, [row, column]) {
  return state.rows[row].cells[column];
}

/** @param {Grid} state @param {EventTarget | null} node @returns {Position | null} */
function positionOf(state, node) {
  const cell = node instanceof Element ? /** @type {HTMLTableCellElement | null} */ (node.closest("th, td")) : null;
  const row = state.rows.findIndex((each) => each === cell?.parentElement);
  return cell && row >= 0 ? [row, cell.cellIndex] : null;
}

/** @param {Grid} state @param {Position | null} position */
function moveTo(state, position) {
  if (!position) return;
  target(cellAt(state, state.at)).tabIndex = -1;
  state.at = position;
  target(cellAt(state, position)).tabIndex = 0;
}

/** @param {Grid} state @param {KeyboardEvent} event */
function walk(state, event) {
  if (event.key === "Escape") choose(state, null);
  const next = nextPosition(state.at, event.key, [state.rows.length - 1, state.rows[state.at[0]].cells.length - 1]);
  if (!next || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const from = event.shiftKey ? (state.from ?? state.at) : null;
  const cell = cellAt(state, next);
  target(cell).focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  choose(state, from);
}

/** @param {Grid} state */
function followMouse(state) {
  let origin = /** @type {Position | null} */ (null);
  state.table.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    origin = positionOf(state, event.target);
    choose(state, null);
  });
  state.table.addEventListener("pointerover", (event) => {
    const position = positionOf(state, event.target);
    if (!origin || !(event.buttons & 1) || !position) return;
    if (!state.from && String(origin) === String(position)) return;
    document.getSelection()?.removeAllRanges();
    state.table.classList.add("choosing");
    moveTo(state, position);
    choose(state, origin);
  });
  document.addEventListener("pointerup", () => {
    origin = null;
    state.table.classList.remove("choosing");
  });
}

/** Choose the rectangle between `from` and where we are; nothing when `from` is null. @param {Grid} state @param {Position | null} from */
function choose(state, from) {
  state.from = from;
  for (const cell of state.table.querySelectorAll("[aria-selected]")) cell.removeAttribute("aria-selected");
  if (from) for (const cell of chosenCells(state)) cell.setAttribute("aria-selected", "true");
}

/** @param {Grid} state */
function chosenCells(state) {
  const { top, bottom, left, right } = rectangle(state.from ?? state.at, state.at);
  return state.rows.slice(top, bottom + 1).flatMap((row) => [...row.cells].slice(left, right + 1));
}
