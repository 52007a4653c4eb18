// The history of a value: every change, the newest first, at the time that the browser's clock showed.

import { get } from "./api.js";
import { open } from "./dialog.js";
import { h } from "./dom.js";
import { momentWithZone } from "./elements.js";
import { exact, period } from "./format.js";

const CAUSES = { collection: "collected", entry: "entered", release: "released", derived: "computed", recompute: "computed again", adopted: "adopted" };

/** Show the history of a metric in a month. @param {string} month @param {Metric} metric */
export async function showHistory(month, metric) {
  const { changes } = await get("/metrics/history", { period: month, metric_name: metric.name });
  const list = h("ol", { class: "history" }, [changes.toReversed().map((change) => h("li", {}, changeEntry(change, metric)))]);
  await open(`${metric.label}, ${period(month)}`, changes.length ? list : h("p", {}, "Nothing has been collected or entered for this value yet."));
}

/** @param {ValueChange} change @param {Metric} metric */
function changeEntry(change, metric) {
  const value = (/** @type {number | null} */ number) => exact(number, metric.unit, metric.decimals);
  const author = ["entry", "release"].includes(change.cause) && change.changed_by ? ` by ${change.changed_by}` : "";
  const key = author && change.key_name ? ` with the key "${change.key_name}"` : "";
  return [
    h("div", { class: "fw-semibold" }, `${value(change.old_value)} → ${value(change.new_value)}`),
    h("div", {}, `${CAUSES[change.cause]}${author}${key}, `, momentWithZone(change.changed_at)),
    change.notes ? h("div", { class: "text-body-secondary" }, change.notes) : null,
  ];
}
