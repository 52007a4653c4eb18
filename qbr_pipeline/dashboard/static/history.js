// The history of a value: every change, the newest first, at the time that the browser's clock showed.

import { get } from "./api.js";
import { open } from "./dialog.js";
import { h } from "./dom.js";
import { exact, moment, period, zoneAt } from "./format.js";

const CAUSES = { collection: "collected", entry: "entered", release: "released", derived: "computed", recompute: "computed anew" };

/** Show the history of a metric in a month. */
export async function showHistory(month, metric) {
  const { changes } = await get("/metrics/history", { period: month, metric_name: metric.name });
  const list = h(
    "ol",
    { class: "history" },
    changes.toReversed().map((change) => h("li", {}, told(change, metric))),
  );
  await open(`${metric.label}, ${period(month)}`, changes.length ? list : h("p", {}, "Nothing has been collected or entered for this value yet."));
}

function told(change, metric) {
  const value = (number) => exact(number, metric.unit, metric.decimals);
  const byWhom = ["entry", "release"].includes(change.cause) && change.changed_by ? ` by ${change.changed_by}` : "";
  const key = byWhom && change.key_name ? ` with the key "${change.key_name}"` : "";
  const time = h("time", { datetime: change.changed_at }, `${moment(change.changed_at)} ${zoneAt(change.changed_at)}`);
  return [
    h("div", { class: "fw-semibold" }, `${value(change.old_value)} → ${value(change.new_value)}`),
    h("div", {}, `${CAUSES[change.cause]}${byWhom}${key}, `, time),
    change.notes ? h("div", { class: "text-body-secondary" }, change.notes) : null,
  ];
}
