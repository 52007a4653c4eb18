// What a file would do, as tables: cells, accounts, labels to decide on, and what is refused.

import { h } from "../dom.js";
import { optgroups, options } from "../elements.js";
import { exact, period } from "../format.js";
import { counts, LEFT_OUT, sorted } from "./import_state.js";

/** @typedef {import("./import_state.js").Preview} Preview */
/** @typedef {(label: Preview["unknown"][number], metric: string) => void} Mean */

const OUTCOMES = { new: "new", changed: "changed", equal: "as it is", kept: "a person's value stays" };
const MOST = 500; // cells that are listed

/** All of it. @param {Preview} preview @param {Map<string, AnyNumber>} definitions @param {Mean} mean */
export function found(preview, definitions, mean) {
  const { kind, months, company, basis, remarks, refused, unknown, computed, accounts, cells } = preview;
  const span = months.length ? `, ${period(months[0])} to ${period(months[months.length - 1])}` : "";
  const books = kind === "profit and loss" ? ` Company: ${company ?? "not named"}; ${basis} basis.` : "";
  return [
    h("p", {}, `A ${kind}${span}.${books} Cells: ${counts(cells)}.`),
    remarks.map((each) => h("p", {}, each)),
    computed.length ? h("p", { class: "text-body-secondary" }, `Computed here and not taken: ${computed.join(", ")}.`) : null,
    refused.length
      ? table(
          "Refused",
          ["Cell", "Why"],
          refused.map((each) => [each.cell, each.reason]),
        )
      : null,
    unknown.length ? decisions(unknown, definitions, mean) : null,
    accounts.length ? accountTable(accounts, definitions) : null,
    cells.length ? cellTable(sorted(cells).slice(0, MOST), definitions) : null,
  ];
}

/** @param {Preview["unknown"]} unknown @param {Map<string, AnyNumber>} definitions @param {Mean} mean */
function decisions(unknown, definitions, mean) {
  const metrics = [...definitions.values()].filter((each) => "section" in each && each.kind !== "derived");
  const rows = unknown.map((each) => {
    const name = each.section ? `${each.section} / ${each.label}` : each.label;
    const select = h("select", { class: "form-select form-select-sm", "aria-label": `What ${name} means` }, [
      options([
        ["", "say what it means"],
        [LEFT_OUT, "leave the row out"],
      ]),
      optgroups(metrics, { heading: (metric) => String("section" in metric && metric.section), option: (metric) => [metric.name, metric.label] }),
    ]);
    select.onchange = () => mean(each, select.value);
    return [each.cell, name, select];
  });
  return table("Labels that are no metric", ["Cell", "Label", "Means"], rows);
}

/** @param {Preview["accounts"]} accounts @param {Map<string, AnyNumber>} definitions */
function accountTable(accounts, definitions) {
  const rows = accounts.map((each) => [
    each.name,
    each.section,
    each.metric_name ? (definitions.get(each.metric_name)?.label ?? each.metric_name) : "nothing yet",
    each.is_new ? "new" : "",
  ]);
  return table("Accounts", ["Account", "Section", "Counts as", ""], rows);
}

/** @param {Preview["cells"]} cells @param {Map<string, AnyNumber>} definitions */
function cellTable(cells, definitions) {
  const rows = cells.map((each) => {
    const metric = definitions.get(each.name);
    const number = (/** @type {number | null} */ value) => (value === null ? "–" : exact(value, metric?.unit ?? "count"));
    return [each.cell, period(each.period), metric?.label ?? each.name, number(each.old_value), number(each.new_value), OUTCOMES[each.outcome]];
  });
  return table("Cells", ["Cell", "Month", "Metric", "Now", "Becomes", ""], rows, [3, 4]);
}

/** @param {string} title @param {string[]} headings @param {any[][]} rows @param {number[]} numbers */
function table(title, headings, rows, numbers = []) {
  const classOf = (/** @type {number} */ at) => (numbers.includes(at) ? "number" : null);
  return [
    h("h3", { class: "h6" }, title),
    h("div", { class: "import-table", tabindex: "0", role: "region", "aria-label": title }, [
      h("table", { class: "table table-sm" }, [
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            headings.map((each, at) => h("th", { scope: "col", class: classOf(at) }, each)),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((row) =>
            h(
              "tr",
              {},
              row.map((cell, at) => h("td", { class: classOf(at) }, cell)),
            ),
          ),
        ),
      ]),
    ]),
  ];
}
