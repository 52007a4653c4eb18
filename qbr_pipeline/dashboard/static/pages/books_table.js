// The table of accounts: a part for each section, a row for each account with what it counts as and its amounts, the newest month first.

import { mayWrite } from "../api.js";
import { h } from "../dom.js";
import { button, momentWithZone, options } from "../elements.js";
import { ABSENT, exact, shortMonth } from "../format.js";
import { ASIDE, holding, keyOf, saidBy, UNSAID } from "./books_state.js";

/** @typedef {import("./books_state.js").Account} Account @typedef {import("./books_state.js").Subject} Subject @typedef {import("./books_state.js").Said} Said */
/** @typedef {{books: Answer<"/books/accounts">, targets: Answer<"/books/mapping">["targets"], stored: Map<string, import("./books_state.js").Mapping[]>, drafts: import("./books_state.js").Drafts,
 *   say: (subject: Subject, said: Said) => void}} View */

/** @typedef {{label: string, suggestion: Account["suggestion"], holds?: boolean, isBank?: boolean}} About */

const OF_BALANCES = new Set(["cash_reserve"]);
const WITHOUT_REST = new Set(["other income", "other expenses", "bank accounts", "receivables over 90 days"]);

/** @param {View} view @param {Account[]} accounts */
export function table(view, accounts) {
  const months = view.books.months.toReversed();
  const head = ["Account", "Counts as", ...months.map(shortMonth)].map((text, index) => h("th", { scope: "col", class: index > 1 ? "number" : null }, text));
  const parts = view.books.sections.map((section) => {
    const members = accounts.filter((each) => each.section === section.section);
    return members.length ? h("tbody", {}, [heading(view, section), members.map((each) => row(view, each))]) : null;
  });
  return h(
    "div",
    { class: "books-scroll", tabindex: "0", role: "region", "aria-label": "Accounts over months" },
    h("table", { class: "table table-sm books-table" }, [h("thead", {}, h("tr", {}, head)), parts]),
  );
}

/** @param {View} view @param {View["books"]["sections"][number]} section */
function heading(view, section) {
  const subject = { section: section.section, name: "" };
  const rest = WITHOUT_REST.has(section.section) ? null : saying(view, subject, { label: `Rest of ${section.label}`, suggestion: section.suggestion });
  return h("tr", { class: "books-section" }, [
    h("th", { scope: "rowgroup" }, section.label),
    h("td", {}, rest ? [h("span", { class: "books-rest" }, "All others: "), rest] : null),
    section.totals.toReversed().map(amount),
  ]);
}

/** @param {View} view @param {Account} account */
function row(view, account) {
  const holds = view.books.accounts.some((each) => each.parents.includes(account.account));
  const depth = Math.min(account.parents.length, 5);
  const cells = view.books.months.map((_, index) => amount(account.amounts[index] ?? null)).toReversed();
  const subject = { account: account.account, name: account.name };
  return h("tr", { "data-account": account.account, "data-kind": account.kind ?? "holds" }, [
    h("th", { scope: "row", class: `depth-${depth}` }, account.name, why(view, account)),
    h(
      "td",
      {},
      account.section === "receivables over 90 days"
        ? null
        : saying(view, subject, { label: account.name, suggestion: account.suggestion, holds, isBank: account.section === "bank accounts" }),
    ),
    cells,
  ]);
}

/** How it came that an account counts as it does, where its own mapping does not say it. @param {View} view @param {Account} account */
function why(view, { account, kind, reason, label }) {
  if (!kind || (kind === "mapped" && view.stored.has(keyOf({ account })))) return null;
  const words = kind === "unmapped" ? "counts as nothing: nobody has mapped it" : label ? `${label}: ${reason}` : reason;
  return h("span", { class: `books-why ${kind === "unmapped" ? "text-warn" : "text-body-secondary"}` }, words);
}

/** What is said of something, to be changed by whoever may.
 * @param {View} view @param {Subject} subject @param {About} about */
function saying(view, subject, about) {
  const stored = holding(view.stored.get(keyOf(subject)), view.books.months.at(-1) ?? "");
  const draft = view.drafts.get(keyOf(subject));
  const said = draft?.said ?? saidBy(stored);
  const by = draft ? h("span", { class: "books-by" }, "not saved yet") : author(stored);
  if (!mayWrite) return [inWords(view, said), by];
  return [fields(view, subject, said, about), by];
}

/** @param {View} view @param {Subject} subject @param {Said} said @param {About} about */
function fields(view, subject, said, { label, suggestion, holds = false, isBank = false }) {
  const select = choice(view, subject, label, said, isBank);
  if (said.choice === UNSAID) return [select, isBank ? null : hint(view, subject, said, suggestion)];
  return [select, subject.account === undefined ? null : details(view, subject, label, said, holds)];
}

/** Who said it, and when. @param {import("./books_state.js").Mapping | null} stored */
function author(stored) {
  if (!stored) return null;
  return h("span", { class: "books-by" }, `by ${stored.mapped_by}, `, momentWithZone(stored.mapped_at), stored.since ? `, from ${shortMonth(stored.since)} on` : null);
}

/** @param {View} view @param {Subject} subject @param {string} label @param {Said} said @param {boolean} isBank */
function choice(view, subject, label, said, isBank) {
  const fitting = view.targets.filter((each) => OF_BALANCES.has(each.name) === isBank).map((each) => /** @type {[string, string]} */ ([each.name, each.label]));
  const select = h("select", { class: "form-select form-select-sm", "aria-label": `${label} counts as`, onchange: () => view.say(subject, { ...said, choice: select.value }) });
  select.append(...options([[UNSAID, "– not said –"], [ASIDE, "Nothing, left aside"], ...fitting]));
  select.value = said.choice;
  select.classList.toggle("books-drafted", view.drafts.has(keyOf(subject)));
  return select;
}

/** @param {View} view @param {Subject} subject @param {Said} said @param {Account["suggestion"]} suggestion */
function hint(view, subject, said, suggestion) {
  if (!suggestion) return null;
  const take = () => view.say(subject, { ...said, choice: suggestion.counts_as });
  return button(`${suggestion.label}?`, take, { title: `Suggested: ${suggestion.because}`, class: "btn-link p-0 books-hint" });
}

/** @param {View} view @param {Subject} subject @param {string} label @param {Said} said @param {boolean} holds */
function details(view, subject, label, said, holds) {
  const box = (/** @type {string} */ text, /** @type {"isAlone" | "isNegated"} */ name) =>
    h("label", { class: "books-detail" }, [
      h("input", {
        type: "checkbox",
        class: "form-check-input",
        checked: said[name],
        "aria-label": `${label}: ${text}`,
        onchange: () => view.say(subject, { ...said, [name]: !said[name] }),
      }),
      ` ${text}`,
    ]);
  return h("span", { class: "books-details" }, [holds ? box("without the accounts in it", "isAlone") : null, box("other sign", "isNegated")]);
}

/** @param {View} view @param {Said} said */
function inWords(view, said) {
  if (said.choice === UNSAID) return ABSENT;
  return said.choice === ASIDE ? "Nothing, left aside" : (view.targets.find((each) => each.name === said.choice)?.label ?? said.choice);
}

/** @param {number | null} value */
function amount(value) {
  return h("td", { class: "number" }, value === null ? "" : exact(value, "dollars"));
}
