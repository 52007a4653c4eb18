// A year as the spreadsheet people know: metrics down, months across.

import { address, get } from "../api.js";
import { copyAll, copyPlainly } from "../copying.js";
import { byId, h, show } from "../dom.js";
import { period } from "../format.js";
import { openFindings } from "../findings.js";
import { makeGrid } from "../grid.js";
import { nothingYet } from "../nothing.js";
import { notice, say, start } from "../page.js";
import { chosen } from "../periods.js";
import { onReturn, step } from "../steps.js";
import { legend, monthsTable, remarks } from "./months_table.js";

let table = null;
let ranged = () => null;

start(async (isLatest) => {
  const [told, definitions] = await Promise.all([get("/periods"), get("/metrics/definitions")]);
  if (!told.periods.length) {
    for (const tool of document.querySelectorAll("[data-tool]")) tool.classList.add("d-none");
    show(byId("months"), nothingYet());
  }
  const years = yearsOf(told);
  const wanted = chosen(years, years[0], { name: "year" });
  const fill = (year) => start((isLatest) => showYear(year, told, definitions.metrics, isLatest));
  offerYears(years, wanted, fill);
  if (told.periods.length) await showYear(wanted, told, definitions.metrics, isLatest);
});

onReturn(() => location.reload());

byId("copy").addEventListener("click", () => {
  if (!table) return;
  const done = copyAll(table);
  byId("copy").textContent = done ? "Copied" : "Copying was refused";
  say(done ? "The table was copied" : "The browser refused to copy");
});

/** The years of which anything is kept, and this one, newest first. */
function yearsOf(told) {
  const months = [...told.periods.map((each) => each.period), told.current_period];
  return [...new Set(months.map((month) => month.slice(0, 4)))].toSorted().reverse();
}

function offerYears(years, current, then) {
  const select = byId("year");
  show(select, years.map((year) => h("option", { value: year, selected: year === current }, year)));
  select.onchange = () => {
    step({ year: select.value });
    notice("year", null);
    then(select.value);
  };
}

async function showYear(year, told, metrics, isLatest) {
  const before = String(Number(year) - 1);
  const end = `${year}-12` < told.current_period ? `${year}-12` : told.current_period;
  const months = { from_period: `${year}-01`, to_period: end };
  const [now, prior, findings] = await Promise.all([
    get("/metrics/table", months),
    get("/metrics/table", { from_period: `${before}-01`, to_period: `${before}-12` }),
    openFindings(months),
  ]);
  if (!isLatest()) return; // another year was chosen meanwhile
  table = monthsTable({ year, before, metrics, now, prior, findings });
  ranged = makeGrid(table);
  show(byId("about"), about(year, now));
  show(byId("months"), h("div", { class: "months-frame" }, table), legend());
  seeNewest();
  show(byId("marks"), remarks(findings, metrics));
  byId("copy").textContent = "Copy the table";
  offerFiles(told, year);
  say(`${year} is shown`);
}

/** Where the months do not fit, bring the newest that has begun into sight. */
function seeNewest() {
  const frame = byId("months").querySelector(".months-frame");
  const newest = [...table.tHead.rows[0].cells].findLast((cell) => !cell.matches(".together, .not-begun"));
  frame.scrollLeft = Math.max(0, newest.offsetLeft + newest.offsetWidth - frame.clientWidth);
}

function about(year, now) {
  const current = now.months.find((month) => !month.is_over);
  return current ? `${year} so far; ${period(current.period)} is in progress, its numbers are provisional.` : `${year}, all twelve months.`;
}

function offerFiles(told, year) {
  const months = told.periods.map((each) => each.period).filter((each) => each.startsWith(year)).reverse();
  const select = byId("file-month");
  show(select, months.map((each) => h("option", { value: each }, period(each))));
  select.disabled = !months.length;
  select.onchange = () => linkFiles(select.value);
  linkFiles(months[0] ?? null);
}

function linkFiles(month) {
  for (const format of ["csv", "xlsx"]) {
    const link = byId(`file-${format}`);
    link.classList.toggle("disabled", month === null);
    if (month === null) link.removeAttribute("href");
    else link.href = address("/export/metrics", { period: month, format });
  }
}

copyPlainly(byId("months"), () => ranged());
