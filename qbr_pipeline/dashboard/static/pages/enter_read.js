// A month's values for those who may read and not write.

import { h, icon } from "../dom.js";
import { exact, period } from "../format.js";

/** @typedef {(metric: Metric) => void} ShowHistory */
/** @typedef {{month: string, last: string, stored: Map<string, MonthlyMetric>, values: Map<string, number | null>, history: ShowHistory}} Month */

/** A table by section; `history` is called with the metric whose history is asked for. @param {Metric[]} metrics @param {Month} month */
export function readTable(metrics, { month, last, stored, values, history }) {
  const head = h("thead", {}, [
    h("tr", {}, [
      h("th", { scope: "col" }, "Metric"),
      h("th", { scope: "col", class: "number" }, period(last)),
      h("th", { scope: "col", class: "number" }, period(month)),
      h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "History")),
    ]),
  ]);
  const bodies = [...Map.groupBy(metrics, (metric) => metric.section)].map(([section, members]) =>
    h("tbody", {}, [
      h("tr", {}, h("th", { scope: "rowgroup", colspan: "4", class: "enter-section" }, section)),
      members.map((metric) => row(metric, stored.get(metric.name), values.get(metric.name), history)),
    ]),
  );
  return h("table", { class: "table table-sm" }, head, bodies);
}

/** @param {Metric} metric @param {MonthlyMetric | undefined} stored @param {number | null | undefined} before @param {ShowHistory} history */
function row(metric, stored, before, history) {
  const label = `History of ${metric.label}`;
  return h("tr", {}, [
    h("th", { scope: "row", class: "fw-normal" }, [
      metric.label,
      stored?.source === "manual" && metric.kind !== "input" ? h("span", { class: "badge text-bg-secondary ms-2" }, "entered by hand") : null,
    ]),
    h("td", { class: "number" }, exact(before, metric.unit, metric.decimals)),
    h("td", { class: "number" }, exact(stored?.value, metric.unit, metric.decimals)),
    h("td", { class: "number" }, [
      h("button", { class: "btn btn-sm btn-outline-secondary", type: "button", title: label, "aria-label": label, onclick: () => history(metric) }, [icon("clock-history")]),
    ]),
  ]);
}
