// What is shown of tickets, time entries, devices and accounts: the columns of each, and how a cell reads.

import { addressWith, h, icon } from "../dom.js";
import { ABSENT, businessTime, exact } from "../format.js";

/** @typedef {[kind: string, name: string, label: string]} Described @typedef {ReturnType<typeof describe>} Column */
/** @typedef {Rows["rows"][number]} Row @typedef {import("./rows_state.js").State} State */

/** @param {Described} column @param {boolean} spare */
const describe = ([kind, name, label], spare) => ({ kind, name, label, spare, filter: kind === "company" ? "company" : null });

/** @param {Described[]} columns @param {Described[]} spare @returns {Column[]} */
const columnsOf = (columns, spare = []) => [
  describe(["why", "counts", "Counts?"], false),
  ...columns.map((each) => describe(each, false)),
  ...spare.map((each) => describe(each, true)),
];

/** By source: kind, name and label of each column, and of those that are left out where there is little room. */
export const COLUMNS = {
  tickets: columnsOf(
    [
      ["id", "source_id", "Ticket"],
      ["text", "summary", "Summary"],
      ["company", "company", "Company"],
      ["short", "board", "Board"],
      ["short", "status", "Status"],
      ["time", "entered_at", "Entered"],
      ["time", "closed_at", "Closed"],
    ],
    [
      ["short", "owner", "Owner"],
      ["amount", "actual_hours", "Hours"],
    ],
  ),
  time_entries: columnsOf(
    [
      ["id", "source_id", "Entry"],
      ["time", "entered_at", "Entered"],
      ["amount", "hours", "Hours"],
      ["id", "ticket_id", "Ticket"],
      ["text", "ticket_summary", "Summary"],
      ["company", "company", "Company"],
      ["wide", "board", "Board"],
    ],
    [["short", "member", "Member"]],
  ),
  devices: columnsOf([
    ["id", "source_id", "Device"],
    ["text", "name", "Name"],
    ["company", "organization", "Organization"],
    ["wide", "location", "Location"],
    ["code", "node_class", "Class"],
  ]),
  accounts: columnsOf([
    ["company", "name", "Account"],
    ["short", "section", "Section"],
    ["money", "amount", "Amount"],
    ["money", "counted", "Counted"],
    ["code", "counts_as", "Counts as"],
  ]),
};

/** One thing, and many of it. */
export const NAMES = { tickets: ["ticket", "tickets"], time_entries: ["time entry", "time entries"], devices: ["device", "devices"], accounts: ["account", "accounts"] };

/** The table of the rows of an answer; `sort` is called with the name of the column whose heading is pressed. @param {Rows} response @param {State} state @param {(column: string) => void} sort */
export function table(response, state, sort) {
  const columns = COLUMNS[response.source];
  return h("table", { class: "table table-sm rows-table" }, [
    h("caption", { class: "visually-hidden" }, `${response.label}: ${NAMES[response.source][1]}`),
    h("thead", {}, [h("tr", {}, [columns.map((each) => heading(each, response, state, sort))])]),
    h("tbody", {}, [response.rows.map((row) => h("tr", { "data-counts": String(row.counts) }, [columns.map((each) => cell(each, row))]))]),
  ]);
}

/** @param {Column} column @param {Rows} response @param {State} state @param {(column: string) => void} sort */
function heading(column, response, state, sort) {
  const sorted = state.sort === column.name;
  const direction = sorted ? (state.isDescending ? "descending" : "ascending") : null;
  const mark = sorted ? icon(state.isDescending ? "arrow-down-short" : "arrow-up-short") : null;
  return h("th", { scope: "col", class: classes(column), "aria-sort": direction }, [
    h("button", { type: "button", "data-sort": column.name, onclick: () => sort(column.name) }, [column.label, mark, column.kind === "time" ? zone(response.timezone) : null]),
  ]);
}

/** The name of a time zone, which may be broken at its stroke. @param {string} name */
function zone(name) {
  return h("span", { class: "zone" }, [name.split("/").flatMap((part, index) => (index ? ["/", h("wbr"), part] : [part]))]);
}

/** @param {Column} column @param {Row} row */
function cell(column, row) {
  const value = /** @type {Record<string, any>} */ (row)[column.name];
  const content = column.kind === "why" ? verdict(row) : column.filter ? only(column.filter, value) : display(column.kind, value);
  return h("td", { class: classes(column), "data-label": column.label }, h("div", {}, content));
}

/** @param {string} kind @param {any} value */
function display(kind, value) {
  if (kind === "time") return businessTime(value);
  if (kind === "amount") return exact(value, "hours");
  if (kind === "money") return exact(value, "dollars");
  return value === null || value === "" ? ABSENT : String(value);
}

/** @param {Row} row */
function verdict(row) {
  const [name, tone, word] = row.counts ? ["check-circle-fill", "text-good", "Counts"] : ["dash", "text-body-secondary", "Does not count"];
  const reason = row.reason === "counts" ? null : h("span", { class: "reason" }, only("reason", row.reason));
  return [h("span", { class: `verdict ${tone}` }, icon(name), word), reason];
}

/** A value that leads to the rows that share it. @param {string} name @param {string | null} value */
function only(name, value) {
  if (value === null || value === "") return ABSENT;
  return h("a", { href: addressWith({ [name]: value, page: null }), title: "Only these" }, value);
}

/** @param {Column} column */
function classes(column) {
  const kind = ["amount", "money"].includes(column.kind) ? "amount number" : column.kind;
  return column.spare ? `${kind} spare` : kind;
}
