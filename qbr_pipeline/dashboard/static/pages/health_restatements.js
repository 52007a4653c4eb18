// Published values of closed months that changed afterwards, and the rows that explain each change.

import { get } from "../api.js";
import { h, icon, show } from "../dom.js";
import { exact, moment, period, zoneAt } from "../format.js";
import { begin, say, start } from "../page.js";
import { pager } from "../pager.js";
import { vendorName } from "./health_sources.js";

const LIMIT = 20;
const ROWS = 50;
const KINDS = {
  came: "came",
  deleted: "deleted at the source",
  gone: "no longer among the month's rows",
  edited: "edited",
  moved_board: "moved to another board",
  moved_ticket: "moved to another ticket",
  merged: "merged into another ticket",
  given_parent: "given a parent",
  lost_parent: "lost their parent",
  reopened: "reopened",
  closed: "closed",
  date_changed: "changed their date",
  device_changed: "changed as devices",
  judged_differently: "judged by other settings",
  hand_value: "the value was entered by hand in between",
  rounding: "rounding",
  unexplained: "not explained by any row",
};

/** Show them in `place`, the newest first. */
export async function showRestatements(place) {
  const fill = async (offset, isLatest) => {
    const page = await get("/restatements", { limit: LIMIT, offset });
    if (!isLatest()) return null;
    show(
      place,
      page.total
        ? [h("div", {}, page.restatements.map(restatement)), pager(page, "restatements", again)]
        : h("p", { class: "all-well" }, icon("check-circle-fill", "text-good me-2"), "No closed month has been restated."),
    );
    return page;
  };
  const again = (offset) =>
    start(async (isLatest) => {
      const page = await fill(offset, isLatest);
      if (page) say(`${page.restatements.length} of ${page.total} restatements are shown`);
    }, "restatements");
  await fill(0, begin("restatements"));
}

function restatement(told) {
  const body = h("div", { class: "restatement-body" });
  const element = h(
    "details",
    { class: "restatement", "data-id": told.id },
    h(
      "summary",
      {},
      h("span", {}, period(told.period)),
      h("span", { class: "restatement-what" }, `${told.label}: ${exact(told.old_value, told.unit, told.decimals)} → ${exact(told.new_value, told.unit, told.decimals)}`),
      h("span", { class: "number" }, signed(told.change, told)),
    ),
    body,
  );
  element.addEventListener("toggle", () => {
    if (element.open && !body.hasChildNodes()) start(() => explain(body, told), `restatement ${told.id}`);
  });
  return element;
}

async function explain(body, told) {
  const rows = h("div", {});
  show(
    body,
    h("p", {}, `Published by ${vendorName(told.vendor)}'s collection on `, h("time", { datetime: told.published_at }, `${moment(told.published_at)} ${zoneAt(told.published_at)}`), "."),
    h("ul", { class: "causes" }, told.causes.map((cause) => h("li", {}, h("span", {}, reason(cause)), h("span", { class: "number" }, signed(cause.effect, told))))),
    h("p", { class: "causes-sum" }, h("span", {}, "Together"), h("span", { class: "number" }, signed(told.change, told))),
    rows,
  );
  await showRows(rows, told, 0, begin(`rows of ${told.id}`));
}

function reason(cause) {
  const kind = KINDS[cause.kind] ?? cause.kind;
  return cause.rows ? `${cause.rows} ${cause.rows === 1 ? "row" : "rows"} ${kind}` : kind.charAt(0).toUpperCase() + kind.slice(1);
}

async function showRows(place, told, offset, isLatest) {
  const page = await get("/restatements/rows", { id: told.id, limit: ROWS, offset });
  if (!isLatest()) return;
  show(
    place,
    h("ol", { class: "effects" }, page.rows.map((row) => effect(row, told))),
    pager(page, "rows of this restatement", (to) => start((isLatest) => showRows(place, told, to, isLatest), `rows of ${told.id}`)),
  );
}

function effect(row, told) {
  const id = row.source_id === null ? null : h("strong", {}, `#${row.source_id} `);
  const counted = `counted ${exact(row.before, told.unit, told.decimals)}, now ${exact(row.after, told.unit, told.decimals)}`;
  return h(
    "li",
    {},
    h("span", { class: "effect-title" }, id, [row.title, row.company].filter(Boolean).join(", ")),
    h("span", { class: "effect-cause" }, row.cause, row.source_id === null ? null : h("span", { class: "text-body-secondary" }, ` (${counted})`)),
    h("span", { class: "number" }, signed(row.effect, told)),
  );
}

function signed(value, { unit, decimals }) {
  return `${value > 0 ? "+" : ""}${exact(value, unit, decimals)}`;
}
