// Walking through a table by keyboard, and choosing cells, as in a spreadsheet.
// Arrows, Home and End walk; with Shift, or by dragging the mouse, a rectangle of cells is chosen.

const STEPS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** Make `table` a grid with one stop of the Tab key; the function that is answered lists the chosen cells, or null. */
export function makeGrid(table) {
  const rows = [...table.rows].filter((row) => row.cells.length > 1);
  const state = { table, rows, at: [1, 1], from: null };
  table.setAttribute("role", "grid");
  table.setAttribute("aria-multiselectable", "true");
  for (const cell of rows.flatMap((row) => [...row.cells])) target(cell).tabIndex = -1;
  target(cellAt(state, state.at)).tabIndex = 0;
  table.addEventListener("keydown", (event) => walk(state, event));
  table.addEventListener("focusin", (event) => {
    arrive(state, placeOf(state, event.target));
    choose(state, null);
  });
  followMouse(state);
  return () => (table.contains(document.activeElement) || state.from ? chosenCells(state) : null);
}

/** What takes the focus in a cell: its link, else itself. */
function target(cell) {
  return cell.querySelector("a") ?? cell;
}

function cellAt(state, [row, column]) {
  return state.rows[row].cells[column];
}

function placeOf(state, node) {
  const cell = node.closest?.("th, td");
  const row = cell ? state.rows.indexOf(cell.parentElement) : -1;
  return row < 0 ? null : [row, cell.cellIndex];
}

function arrive(state, place) {
  if (!place) return;
  target(cellAt(state, state.at)).tabIndex = -1;
  state.at = place;
  target(cellAt(state, place)).tabIndex = 0;
}

function walk(state, event) {
  if (event.key === "Escape") choose(state, null);
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const [row, column] = state.at;
  const last = state.rows[row].cells.length - 1;
  const next = [within(row + step[0], state.rows.length - 1), within(column + step[1], last)];
  const from = event.shiftKey ? (state.from ?? state.at) : null;
  const cell = cellAt(state, next);
  target(cell).focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  choose(state, from);
}

function within(place, last) {
  return Math.min(Math.max(place, 0), last);
}

function followMouse(state) {
  let begun = null;
  state.table.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    begun = placeOf(state, event.target);
    choose(state, null);
  });
  state.table.addEventListener("pointerover", (event) => {
    const place = placeOf(state, event.target);
    if (!begun || !(event.buttons & 1) || !place) return;
    if (!state.from && same(begun, place)) return;
    document.getSelection().removeAllRanges();
    state.table.classList.add("choosing");
    arrive(state, place);
    choose(state, begun);
  });
  document.addEventListener("pointerup", () => {
    begun = null;
    state.table.classList.remove("choosing");
  });
}

function same(one, other) {
  return one[0] === other[0] && one[1] === other[1];
}

/** Choose the rectangle between `from` and where we are; nothing when `from` is null. */
function choose(state, from) {
  state.from = from;
  for (const cell of state.table.querySelectorAll("[aria-selected]")) cell.removeAttribute("aria-selected");
  if (from) for (const cell of chosenCells(state)) cell.setAttribute("aria-selected", "true");
}

function chosenCells(state) {
  const from = state.from ?? state.at;
  const [top, bottom] = [from[0], state.at[0]].toSorted((a, b) => a - b);
  const [left, right] = [from[1], state.at[1]].toSorted((a, b) => a - b);
  return state.rows.slice(top, bottom + 1).flatMap((row) => [...row.cells].slice(left, right + 1));
}
