// The log of all collections, the newest first.

import { get } from "../api.js";
import { addressWith, h, icon, show } from "../dom.js";
import { duration, moment, period, zoneAt } from "../format.js";
import { begin, say, start } from "../page.js";
import { pager } from "../pager.js";
import { vendorName } from "./health_sources.js";

const LIMIT = 25;
const ENDS = {
  success: ["check-circle-fill", "text-good", "Success"],
  partial: ["exclamation-triangle-fill", "text-warn", "Partial"],
  failed: ["x-circle-fill", "text-bad", "Failed"],
};

/** Show the log in `place`, with `status` and `vendor` to choose from; the address keeps what is chosen. */
export async function showLog(place, status, vendor, sources) {
  const asked = new URLSearchParams(location.search);
  show(vendor, h("option", { value: "" }, "All"), sources.map((source) => h("option", { value: source.id }, vendorName(source.name))));
  status.value = ENDS[asked.get("log")] ? asked.get("log") : "";
  vendor.value = sources.some((source) => String(source.id) === asked.get("log_of")) ? asked.get("log_of") : "";
  const fill = async (offset, isLatest) => {
    const page = await get("/collection/log", { status: status.value, vendor_id: vendor.value, limit: LIMIT, offset });
    if (!isLatest()) return null;
    show(place, page.total ? [list(page.rows), pager(page, "log", again)] : h("p", {}, status.value || vendor.value ? "No collection ended so." : "No collection has been logged."));
    return page;
  };
  const again = (offset) =>
    start(async (isLatest) => {
      const page = await fill(offset, isLatest);
      if (page) say(page.total ? `${page.offset + 1} to ${Math.min(page.offset + page.limit, page.total)} of ${page.total} collections are shown` : "no collection ended so");
    }, "log");
  status.onchange = vendor.onchange = () => {
    history.replaceState({}, "", addressWith({ log: status.value, log_of: vendor.value }));
    again(0);
  };
  await fill(0, begin("log"));
}

function list(rows) {
  return h("ol", { class: "log" }, rows.map(entry));
}

function entry(row) {
  const [name, tone, word] = ENDS[row.status];
  return h(
    "li",
    { "data-status": row.status },
    h("span", { class: `log-end ${tone}` }, icon(name, "me-1"), word),
    h("span", {}, `${period(row.period)}`),
    h("span", {}, vendorName(row.vendor)),
    h("time", { datetime: row.started_at }, `${moment(row.started_at)} ${zoneAt(row.started_at)}`),
    h("span", { class: "text-body-secondary" }, took(row)),
    row.message ? h("p", { class: "log-message" }, row.message) : null,
  );
}

function took(row) {
  const parts = [row.duration_seconds === null ? "no end is known" : duration(row.duration_seconds)];
  if (row.metrics_collected !== null) parts.push(`${row.metrics_collected} ${row.metrics_collected === 1 ? "value" : "values"}`);
  return parts.join(", ");
}
