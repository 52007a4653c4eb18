// What the accounts of the books count as: said, previewed over months, saved, with who said so and when.

import { get, mayWrite, post, Problem } from "../api.js";
import { byId, h, icon, show } from "../dom.js";
import { lastAuthor, rememberAuthor } from "../drafts.js";
import { momentWithZone, options } from "../elements.js";
import { ABSENT, count, exact, period, sentence, shortMonth } from "../format.js";
import { announce, notice, start } from "../page.js";
import { ALWAYS, bySubject, changes, drafted, holding, keyOf, matching, moved } from "./books_state.js";
import { table } from "./books_table.js";

/** @typedef {import("./books_table.js").View} View */

/** @type {View | null} */
let view = null; // null: there are no books, or they are still on their way

window.addEventListener("beforeunload", (event) => {
  if (view?.drafts.size) event.preventDefault();
});

start(load);
for (const [name, event] of Object.entries({ search: "input", "only-open": "change" })) byId(name).addEventListener(event, fill);
if (mayWrite) {
  byId("since").addEventListener("change", showChanged);
  byId("undo").addEventListener("click", () => redraft(new Map()));
  byId("preview-button").addEventListener("click", () => start(preview, "preview"));
  byId("save").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    save();
  });
}

/** @param {() => boolean} isLatest */
async function load(isLatest) {
  const [books, mapping] = await Promise.all([get("/books/accounts"), get("/books/mapping")]);
  if (!isLatest()) return;
  if (!books.months.length) {
    for (const each of document.querySelectorAll(".toolbar > div")) each.classList.add("d-none");
    show(byId("about"), "There are no books yet. Connect them, or import a profit and loss; what its accounts count as is said here then.");
    return;
  }
  view = { books, targets: mapping.targets, stored: bySubject(mapping.mappings), drafts: new Map(), say };
  show(byId("about"), about(books));
  if (mayWrite) {
    show(byId("since"), options([[ALWAYS, "in all months"], ...books.months.toReversed().map((each) => /** @type {[string, string]} */ ([each, `from ${period(each)} on`]))]));
    byId("author").value = lastAuthor();
  }
  show(byId("said"), earlier(mapping));
  show(byId("preview"));
  fill();
}

/** @param {View["books"]} books */
function about({ company, basis, currency, read_from: source, months }) {
  const facts = [company, basis ? `${basis} basis` : null, currency, source ? `read from ${source}` : null].filter(Boolean).join(", ");
  return `${sentence(facts || "Books")} ${period(months[0] ?? "")} to ${period(months.at(-1) ?? "")}, the newest first. Amounts are an account's own, without the accounts in it.`;
}

function fill() {
  if (!view) return;
  const accounts = matching(view.books.accounts, byId("search").value, byId("only-open").checked);
  show(byId("accounts"), accounts.length ? table(view, accounts) : h("p", {}, "No account is like that."));
  showChanged();
}

/** @type {View["say"]} */
function say(subject, said) {
  if (!view) return;
  const stored = holding(view.stored.get(keyOf(subject)), view.books.months.at(-1) ?? "");
  redraft(drafted(view.drafts, subject, said, stored));
}

/** @param {View["drafts"]} drafts */
function redraft(drafts) {
  if (!view) return;
  const label = document.activeElement?.getAttribute("aria-label");
  view = { ...view, drafts };
  fill();
  show(byId("preview"));
  if (label) /** @type {HTMLElement | null} */ (document.querySelector(`[aria-label="${CSS.escape(label)}"]`))?.focus();
}

function showChanged() {
  if (!view || !mayWrite) return;
  byId("save").hidden = !view.drafts.size;
  byId("changed").textContent = view.drafts.size ? `${count(view.drafts.size, "change")}, not saved yet` : "";
}

/** Show what the changes would give. @param {() => boolean} isLatest */
async function preview(isLatest) {
  if (!view) return;
  const { months } = await post("/books/preview", changes(view.drafts, view.stored, byId("since").value));
  if (!isLatest()) return;
  const newest = months.toReversed();
  const rows = moved(newest);
  const heads = newest.map((each) => h("th", { scope: "col", class: "number" }, shortMonth(each.period)));
  const faults = newest.flatMap((each) => each.held_back.map((text) => h("li", {}, text)));
  const movedTable = h("table", { class: "table table-sm books-table" }, [
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Metric"), heads)),
    h("tbody", {}, [rows.map((each) => h("tr", {}, h("th", { scope: "row" }, each.label), each.values.map(change)))]),
  ]);
  show(byId("preview"), [
    h("h2", {}, "What that would give"),
    faults.length ? [h("p", { class: "text-warn" }, icon("exclamation-triangle-fill", "me-1"), "Held back, the values stay as they are:"), h("ul", {}, faults)] : null,
    rows.length
      ? h("div", { class: "books-scroll", tabindex: "0", role: "region", "aria-label": "Preview over months" }, movedTable)
      : h("p", {}, "No number would be another one."),
  ]);
  byId("preview").scrollIntoView({ block: "nearest" });
}

/** @param {Stored<"/books/preview">["months"][number]["values"][number] | null} value */
function change(value) {
  if (!value) return h("td", { class: "number" }, ABSENT);
  if (value.now === value.then) return h("td", { class: "number" }, exact(value.now, "dollars"), value.manual ? h("span", { class: "books-by" }, "by hand") : null);
  return h("td", { class: "number books-moved" }, h("del", {}, exact(value.now, "dollars")), h("ins", {}, exact(value.then, "dollars")));
}

async function save() {
  const author = byId("author").value.trim();
  if (!view || !author) return byId("author").focus();
  const body = { ...changes(view.drafts, view.stored, byId("since").value), mapped_by: author };
  byId("save").setAttribute("aria-busy", "true");
  try {
    const { months, held_back: heldBack } = await post("/books/mapping", body);
    rememberAuthor(author);
    const done = months.length ? `Saved. Counted anew: ${months.map(period).join(", ")}.` : "Saved. No number is another one by it.";
    const why = heldBack.length ? ` Held back: ${heldBack.map((each) => each.sentence).join(" ")}` : "";
    view.drafts.clear();
    await start(load);
    notice("saved", done + why);
    announce(done + why);
    document.dispatchEvent(new CustomEvent("qbr-health"));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    notice("saved", sentence(problem.message));
  } finally {
    byId("save").removeAttribute("aria-busy");
  }
}

/** What was said before, and by whom. @param {Answer<"/books/mapping">} mapping */
function earlier({ earlier: entries, targets }) {
  if (!entries.length) return null;
  const label = (/** @type {string | null} */ name) => (name === null ? "nothing" : (targets.find((each) => each.name === name)?.label ?? name));
  const line = (/** @type {typeof entries[number]} */ each) => [
    `${each.name || each.account || `The rest of ${each.section}`} counted as ${label(each.counts_as)}${each.since ? ` from ${period(each.since)} on` : ""}: said by ${each.mapped_by}, `,
    momentWithZone(each.mapped_at),
    `, until ${each.ended_by}, `,
    each.ended_at ? momentWithZone(each.ended_at) : null,
  ];
  return h("details", {}, [h("summary", {}, `What was said before (${entries.length})`), h("ul", {}, [entries.map((each) => h("li", {}, line(each)))])]);
}
