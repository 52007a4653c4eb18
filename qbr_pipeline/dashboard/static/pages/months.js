// A year as the spreadsheet people know: metrics down, months across.

import { address, get } from "../api.js";
import { copyAsNumbers, copyTable } from "../clipboard.js";
import { byId, h, show } from "../dom.js";
import { emptyState } from "../empty_state.js";
import { openFindings } from "../findings.js";
import { makeGrid } from "../grid.js";
import { announce, notice, start } from "../page.js";
import { offerChoices, onPopState } from "../url_state.js";
import { description, fileMonths, initialState, queries, selectYear } from "./months_state.js";
import { legend, monthsTable, remarks } from "./months_table.js";

/** @type {HTMLTableElement | null} */
let table = null;
/** @type {() => HTMLTableCellElement[] | null} */
let chosenRange = () => null;

start(async (isLatest) => {
  const [periods, { metrics }] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  let state = selectYear(initialState(periods), new URLSearchParams(location.search).get("year"));
  notice("year", state.notice);
  offerChoices(
    byId("year"),
    state.years.map(({ year }) => [year, year]),
    state.selected.year,
    "year",
    (year) => {
      state = selectYear(state, year);
      start((isNewest) => showYear(state, metrics, isNewest));
    },
  );
  if (state.kept.length) return showYear(state, metrics, isLatest);
  for (const tool of document.querySelectorAll("[data-tool]")) tool.classList.add("d-none");
  show(byId("months"), emptyState());
});

onPopState(() => location.reload());

byId("copy").addEventListener("click", () => {
  if (!table) return;
  const isCopied = copyTable(table);
  byId("copy").textContent = isCopied ? "Copied" : "Could not copy";
  announce(isCopied ? "The table was copied" : "The browser does not allow copying");
});

/** @param {import("./months_state.js").State} state @param {Metric[]} metrics @param {() => boolean} isLatest */
async function showYear(state, metrics, isLatest) {
  const months = queries(state);
  const [now, prior, findings] = await Promise.all([get("/metrics/table", months.now), get("/metrics/table", months.prior), openFindings(months.now)]);
  if (!isLatest()) return; // another year was chosen meanwhile
  const shown = monthsTable({ year: state.selected, metrics, now, prior, findings });
  table = shown;
  chosenRange = makeGrid(shown);
  show(byId("about"), description(state, now));
  show(byId("months"), h("div", { class: "months-frame" }, shown), legend());
  scrollToNewest(shown);
  show(byId("marks"), remarks(findings, metrics));
  byId("copy").textContent = "Copy the table";
  offerFiles(state);
  announce(`${state.selected.year} is shown`);
}

/** Where the months do not fit, bring the newest that has begun into sight. @param {HTMLTableElement} shown */
function scrollToNewest(shown) {
  const frame = byId("months").querySelector(".months-frame");
  const newest = [...shown.rows[0].cells].findLast((cell) => !cell.matches(".together, .not-begun"));
  if (newest) frame.scrollLeft = Math.max(0, newest.offsetLeft + newest.offsetWidth - frame.clientWidth);
}

/** The year as a file, in so far as it has begun. @param {import("./months_state.js").State} state */
function offerFiles(state) {
  const hasNumbers = fileMonths(state).length > 0;
  byId("download").disabled = !hasNumbers;
  for (const format of ["xlsx", "csv", "parquet"]) {
    byId(`file-${format}`).href = address("/export/metrics", { ...queries(state).now, format });
  }
}

copyAsNumbers(byId("months"), () => chosenRange());
