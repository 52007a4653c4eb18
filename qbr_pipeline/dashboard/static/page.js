// What every page does: the health mark, light and dark, and telling a person what went wrong.

import { get, Problem } from "./api.js";
import { byId, h, icon, show } from "./dom.js";
import { moment } from "./format.js";
import { failedMonths, judge } from "./freshness.js";

const turns = new Map(); // by part of the page, how often it was begun
let underway = 0;

/** Begin to fill a part of the page: the function that is answered says whether nothing was begun for it since. */
export function begin(part) {
  const turn = (turns.get(part) ?? 0) + 1;
  turns.set(part, turn);
  return () => turns.get(part) === turn;
}

/**
 * Fill a part of the page: runs `make`, and tells a problem in a sentence with a way to try again.
 * `make` is given what `begin` answers: an answer that was overtaken is not shown, and neither is its problem.
 */
export async function start(make, part = "page") {
  const isLatest = begin(part);
  const place = byId("problem");
  place.classList.add("d-none");
  const main = byId("main");
  main.setAttribute("aria-busy", "true");
  underway += 1;
  try {
    await make(isLatest);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (!isLatest()) return;
    const again = h("button", { class: "btn btn-sm btn-outline-danger ms-2", type: "button", onclick: () => start(make, part) }, "Try again");
    show(place, icon("exclamation-triangle-fill", "me-2"), sentence(problem.message), again);
    place.classList.remove("d-none");
  } finally {
    underway -= 1;
    if (!underway) main.removeAttribute("aria-busy");
  }
}

const notices = new Map();

/** Say something above the page, as long as it holds `about` something; null: no longer. */
export function notice(about, text) {
  if (text) notices.set(about, text);
  else notices.delete(about);
  const place = byId("notice");
  place.classList.toggle("d-none", !notices.size);
  show(place, [...notices.values()].join(" ") || null);
}

/** Say something to people who do not see the page. */
export function say(text) {
  byId("said").textContent = text;
}

/** `text` as a sentence: a capital letter in front, a stop behind. */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

async function markHealth(mark) {
  try {
    const [{ vendors }, found] = await Promise.all([get("/collection/status"), get("/findings", { state: "open", limit: 1 })]);
    const standing = judge(vendors);
    const oldest = standing.oldest;
    mark.dataset.state = standing.state;
    mark.title = oldest ? `Data health: every source collected since ${moment(oldest)}` : "Data health: a source has never been collected";
    const failed = failedMonths(standing);
    mark.querySelector("[data-text]").textContent = failed ? `${failed} failed` : standing.state === "good" ? "Fresh" : oldest ? "Not fresh" : "Nothing yet";
    showOpen(mark, found.open);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    mark.dataset.state = "unknown";
    mark.querySelector("[data-text]").textContent = "Unknown";
  }
}

/** How many findings are open, as a number beside the mark, in words where there is room and for those who do not see it. */
function showOpen(mark, count) {
  const badge = mark.querySelector("[data-open]");
  const words = h("span", { class: "health-words" }, count === 1 ? " open finding" : " open findings");
  show(badge, count ? [String(count), words] : null);
  badge.hidden = count === 0;
  if (count) mark.title += `. Open findings: ${count}`;
}

const theme = byId("theme");
theme?.addEventListener("click", () => {
  const next = themeNow() === "dark" ? "light" : "dark";
  wear(next);
  localStorage.setItem("qbr-theme", next);
});

let beforePrinting; // paper is light
window.addEventListener("beforeprint", () => {
  beforePrinting = themeNow();
  wear("light");
});
window.addEventListener("afterprint", () => wear(beforePrinting));

function themeNow() {
  return document.documentElement.dataset.bsTheme;
}

function wear(colours) {
  document.documentElement.dataset.bsTheme = colours;
  document.dispatchEvent(new CustomEvent("qbr-theme"));
}

const mark = byId("health");
if (mark) {
  markHealth(mark);
  document.addEventListener("qbr-health", () => markHealth(mark));
}
