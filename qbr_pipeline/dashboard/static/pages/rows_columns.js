// What is shown of tickets, time entries and devices: the columns of each, and how a cell reads.

import { addressWith, h, icon } from "../dom.js";
import { ABSENT, businessTime, exact } from "../format.js";

const why = { name: "counts", label: "Counts?", kind: "why" };
const at = (name, label) => ({ name, label, kind: "time" });
const id = (name, label) => ({ name, label, kind: "id" });
const text = (name, label) => ({ name, label, kind: "text" });
const short = (name, label) => ({ name, label, kind: "short" });
const wide = (name, label) => ({ name, label, kind: "wide" });
const code = (name, label) => ({ name, label, kind: "code" });
const client = (name, label) => ({ name, label, kind: "company", filter: "company" });
const hours = (name, label) => ({ name, label, kind: "amount" });
/** Left out where there is little room. */
const spare = (column) => ({ ...column, spare: true });

export const COLUMNS = {
  tickets: [
    why,
    id("source_id", "Ticket"),
    text("summary", "Summary"),
    client("company", "Company"),
    short("board", "Board"),
    short("status", "Status"),
    at("entered_at", "Entered"),
    at("closed_at", "Closed"),
    spare(short("owner", "Owner")),
    spare(hours("actual_hours", "Hours")),
  ],
  time_entries: [
    why,
    id("source_id", "Entry"),
    at("entered_at", "Entered"),
    hours("hours", "Hours"),
    id("ticket_id", "Ticket"),
    text("ticket_summary", "Summary"),
    client("company", "Company"),
    wide("board", "Board"),
    spare(short("member", "Member")),
  ],
  devices: [
    why,
    id("source_id", "Device"),
    text("name", "Name"),
    client("organization", "Organization"),
    wide("location", "Location"),
    code("node_class", "Class"),
  ],
};

/** One thing, and many of it. */
export const NAMES = { tickets: ["ticket", "tickets"], time_entries: ["time entry", "time entries"], devices: ["device", "devices"] };

/** The table of the rows of an answer; `sort` is called with the name of the column whose heading is pressed. */
export function table(response, state, sort) {
  const columns = COLUMNS[response.source];
  return h("table", { class: "table table-sm rows-table" }, [
    h("caption", { class: "visually-hidden" }, `${response.label}: ${NAMES[response.source][1]}`),
    h("thead", {}, [h("tr", {}, [columns.map((column) => heading(column, response, state, sort))])]),
    h("tbody", {}, [response.rows.map((row) => h("tr", { "data-counts": String(row.counts) }, [columns.map((column) => cell(column, row))]))]),
  ]);
}

function heading(column, response, state, sort) {
  const sorted = state.sort === column.name;
  const direction = sorted ? (state.isDescending ? "descending" : "ascending") : null;
  const mark = sorted ? icon(state.isDescending ? "arrow-down-short" : "arrow-up-short") : null;
  return h("th", { scope: "col", class: classes(column), "aria-sort": direction }, [
    h("button", { type: "button", "data-sort": column.name, onclick: () => sort(column.name) }, [
      column.label,
      mark,
      column.kind === "time" ? zone(response.timezone) : null,
    ]),
  ]);
}

/** The name of a time zone, which may be broken at its stroke. */
function zone(name) {
  return h("span", { class: "zone" }, [name.split("/").flatMap((part, index) => (index ? ["/", h("wbr"), part] : [part]))]);
}

function cell(column, row) {
  const value = row[column.name];
  const content = column.kind === "why" ? verdict(row) : column.filter ? only(column.filter, value) : display(column.kind, value);
  return h("td", { class: classes(column), "data-label": column.label }, h("div", {}, content));
}

function display(kind, value) {
  if (kind === "time") return businessTime(value);
  if (kind === "amount") return exact(value, "hours");
  return value === null || value === "" ? ABSENT : String(value);
}

function verdict(row) {
  const [name, tone, word] = row.counts ? ["check-circle-fill", "text-good", "Counts"] : ["dash", "text-body-secondary", "Does not"];
  const reason = row.reason === "counts" ? null : h("span", { class: "reason" }, only("reason", row.reason));
  return [h("span", { class: `verdict ${tone}` }, icon(name), word), reason];
}

/** A value that leads to the rows that share it. */
function only(name, value) {
  if (value === null || value === "") return ABSENT;
  return h("a", { href: addressWith({ [name]: value, page: null }), title: "Only these" }, value);
}

function classes(column) {
  const kind = column.kind === "amount" ? "amount number" : column.kind;
  return column.spare ? `${kind} spare` : kind;
}
