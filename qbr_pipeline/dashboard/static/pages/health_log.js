// The log of all collections, the newest first.

import { get } from "../api.js";
import { addressWith, h, icon, show } from "../dom.js";
import { momentWithZone, options, SIGNS } from "../elements.js";
import { count, duration, period } from "../format.js";
import { pagedList } from "../pager.js";
import { vendorName } from "./health_sources.js";

const LIMIT = 25;
/** @type {Record<string, string[]>} */
const ENDS = { success: [...SIGNS.good, "Success"], partial: [...SIGNS.warning, "Partial"], failed: [...SIGNS.bad, "Failed"] };

/** Show the log in `container`, with `status` and `vendor` to choose from; the address keeps what is chosen.
 * @param {Element} container @param {HTMLSelectElement} status @param {HTMLSelectElement} vendor @param {Source[]} sources */
export async function showLog(container, status, vendor, sources) {
  const query = new URLSearchParams(location.search);
  show(vendor, options([["", "All"], ...sources.map(({ id, name }) => /** @type {[string, string]} */ ([String(id), vendorName(name)]))]));
  const [ending, source] = [query.get("log") ?? "", query.get("log_of") ?? ""];
  status.value = ENDS[ending] ? ending : "";
  vendor.value = sources.some((each) => String(each.id) === source) ? source : "";
  const list = pagedList(container, "collections", {
    load: (offset) => get("/collection/log", { status: status.value, vendor_id: vendor.value, limit: LIMIT, offset }),
    render: ({ rows }) => (rows.length ? h("ol", { class: "log" }, rows.map(entry)) : h("p", {}, emptyLog(status.value, vendor.value))),
  });
  status.onchange = vendor.onchange = () => {
    history.replaceState({}, "", addressWith({ log: status.value, log_of: vendor.value }));
    list.turnTo(0);
  };
  await list.first;
}

/** @param {string} status @param {string} vendor */
function emptyLog(status, vendor) {
  return status || vendor ? "No collection matches this choice." : "Nothing has been collected yet.";
}

/** @param {LogEntry} row */
function entry(row) {
  const [name, tone, word] = ENDS[row.status];
  return h("li", { "data-status": row.status }, [
    h("span", { class: `log-end ${tone}` }, icon(name, "me-1"), word),
    h("span", {}, period(row.period)),
    h("span", {}, vendorName(row.vendor)),
    momentWithZone(row.started_at),
    h("span", { class: "text-body-secondary" }, runDetails(row)),
    row.message ? h("p", { class: "log-message" }, row.message) : null,
  ]);
}

/** @param {LogEntry} row */
function runDetails(row) {
  const time = row.duration_seconds === null ? "end not recorded" : duration(row.duration_seconds);
  return row.metrics_collected === null ? time : `${time}, ${count(row.metrics_collected, "value")}`;
}
