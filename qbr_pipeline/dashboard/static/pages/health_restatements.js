// Published values of closed months that changed afterwards, and the rows that explain each change.

import { get } from "../api.js";
import { h, show } from "../dom.js";
import { allWell, momentWithZone } from "../elements.js";
import { count, exact, period, sentence } from "../format.js";
import { start } from "../page.js";
import { pagedList } from "../pager.js";
import { vendorName } from "./health_sources.js";

const LIMIT = 20;
const ROWS = 50;
/** @typedef {{unit: Unit, decimals: number}} Measured */

/** @type {Record<string, string>} */
const KINDS = {
  came: "added",
  deleted: "deleted at the source",
  not_readable: "no longer readable",
  gone: "no longer among the month's rows",
  edited: "edited",
  moved_board: "moved to another board",
  moved_ticket: "moved to another ticket",
  merged: "merged into another ticket",
  given_parent: "made part of another ticket",
  lost_parent: "no longer part of another ticket",
  reopened: "reopened",
  closed: "closed",
  date_changed: "given another date",
  device_changed: "changed as devices",
  judged_differently: "counted by other settings",
  hand_value: "the value was entered by hand in between",
  rounding: "rounding",
  unexplained: "not explained by any row",
};

/** Show them in `container`, the newest first. @param {Element} container */
export async function showRestatements(container) {
  await pagedList(container, "restatements", {
    load: (offset) => get("/restatements", { limit: LIMIT, offset }),
    render: ({ restatements }) => (restatements.length ? restatements.map(restatementElement) : allWell("No closed month has been restated.")),
  }).first;
}

/** @param {Restatement} restatement */
function restatementElement(restatement) {
  const body = h("div", { class: "restatement-body" });
  const [before, after] = [restatement.old_value, restatement.new_value].map((value) => exact(value, restatement.unit, restatement.decimals));
  const element = h("details", { class: "restatement", "data-id": restatement.id }, [
    h("summary", {}, [
      h("span", {}, period(restatement.period)),
      h("span", { class: "restatement-what" }, `${restatement.label}: ${before} → ${after}`),
      h("span", { class: "number" }, signed(restatement.change, restatement)),
    ]),
    body,
  ]);
  element.addEventListener("toggle", () => {
    if (element.open && !body.hasChildNodes()) start(() => explain(body, restatement), `restatement ${restatement.id}`);
  });
  return element;
}

/** @param {Element} body @param {Restatement} restatement */
async function explain(body, restatement) {
  const rows = h("div", {});
  const line = (/** @type {string} */ text, /** @type {number} */ effect) => [h("span", {}, text), h("span", { class: "number" }, signed(effect, restatement))];
  show(body, [
    h("p", {}, `Published by ${vendorName(restatement.vendor)}'s collection on `, momentWithZone(restatement.published_at), "."),
    restatement.accepted_by ? h("p", {}, `The loss of most of its rows was accepted by ${restatement.accepted_by}: ${restatement.accepted_why}`) : null,
    restatement.rule_change ? h("p", {}, `${sentence(restatement.rule_change)}.`) : null,
    h("ul", { class: "causes" }, [restatement.causes.map((cause) => h("li", {}, line(reason(cause), cause.effect)))]),
    h("p", { class: "causes-sum" }, line("Together", restatement.change)),
    rows,
  ]);
  await pagedList(rows, "rows of this restatement", {
    load: (offset) => get("/restatements/rows", { id: restatement.id, limit: ROWS, offset }),
    render: (page) => h("ol", { class: "effects" }, [page.rows.map((row) => effectItem(row, restatement))]),
    part: `rows of ${restatement.id}`,
  }).first;
}

/** @param {Restatement["causes"][number]} cause */
function reason(cause) {
  const kind = KINDS[cause.kind] ?? cause.kind;
  return cause.rows ? `${count(cause.rows, "row")} ${kind}` : kind.charAt(0).toUpperCase() + kind.slice(1);
}

/** @param {Answer<"/restatements/rows">["rows"][number]} row @param {Measured} measured */
function effectItem(row, { unit, decimals }) {
  const isRow = row.source_id !== null;
  const counted = ` (counted ${exact(row.before, unit, decimals)}, now ${exact(row.after, unit, decimals)})`;
  return h("li", {}, [
    h("span", { class: "effect-title" }, isRow ? h("strong", {}, `#${row.source_id} `) : null, [row.title, row.company].filter(Boolean).join(", ")),
    h("span", { class: "effect-cause" }, row.cause, isRow ? h("span", { class: "text-body-secondary" }, counted) : null),
    h("span", { class: "number" }, signed(row.effect, { unit, decimals })),
  ]);
}

/** @param {number} value @param {Measured} measured */
function signed(value, { unit, decimals }) {
  return `${value > 0 ? "+" : ""}${exact(value, unit, decimals)}`;
}
