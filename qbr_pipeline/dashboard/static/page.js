// What every page does: the health mark, light and dark, and saying what went wrong.

import { get, Problem } from "./api.js";
import { byId, h, icon, show } from "./dom.js";
import { button } from "./elements.js";
import { moment, sentence } from "./format.js";

/** @type {Map<string, number>} */
const generations = new Map(); // by part of the page, how often it was begun
let pending = 0;

/** Begin to fill a part of the page: the function that is answered says whether nothing was begun for it since. @param {string} part */
export function begin(part) {
  const generation = (generations.get(part) ?? 0) + 1;
  generations.set(part, generation);
  return () => generations.get(part) === generation;
}

/**
 * Fill a part of the page: runs `make`, and shows a problem as a sentence with a way to try again.
 * `make` is given what `begin` answers: an answer that was overtaken is not shown, and neither is its problem.
 * @param {(isLatest: () => boolean) => unknown} make
 */
export async function start(make, part = "page") {
  const isLatest = begin(part);
  const container = byId("problem");
  container.classList.add("d-none");
  const main = byId("main");
  main.setAttribute("aria-busy", "true");
  pending += 1;
  try {
    await make(isLatest);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (!isLatest()) return;
    const again = button("Try again", () => start(make, part), { class: "btn-outline-danger ms-2" });
    show(container, icon("exclamation-triangle-fill", "me-2"), sentence(problem.message), again);
    container.classList.remove("d-none");
  } finally {
    pending -= 1;
    if (!pending) main.removeAttribute("aria-busy");
  }
}

/** @type {Map<string, string>} */
const notices = new Map();

/** Say something above the page, as long as it holds `about` something; null: no longer. @param {string} about @param {string | null} text */
export function notice(about, text) {
  if (text) notices.set(about, text);
  else notices.delete(about);
  const container = byId("notice");
  container.classList.toggle("d-none", !notices.size);
  show(container, [...notices.values()].join(" ") || null);
}

/** Say something to people who do not see the page. @param {string} text */
export function announce(text) {
  byId("announcer").textContent = text;
}

/** Show in the navigation how the collections are, and how many findings are open. @param {any} mark */
async function markHealth(mark) {
  const text = mark.querySelector("[data-text]");
  try {
    const [status, { open }] = await Promise.all([get("/collection/status"), get("/findings", { state: "open", limit: 1 })]);
    mark.dataset.state = status.state;
    mark.title = healthInWords(status) + (open ? `. Open findings: ${open}` : "");
    text.textContent = healthInBrief(status);
    showOpenCount(mark.querySelector("[data-open]"), open);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    mark.dataset.state = "unknown";
    text.textContent = "Unknown";
  }
}

/** @param {CollectionStatus} status */
function healthInWords({ oldest_success_at: oldest }) {
  return oldest ? `Data health: every source collected since ${moment(oldest)}` : "Data health: a source has never been collected";
}

/** @param {CollectionStatus} status */
function healthInBrief({ state, failed_months: failed, oldest_success_at: oldest }) {
  if (failed) return `${failed} failed`;
  return state === "good" ? "Fresh" : oldest ? "Not fresh" : "Nothing yet";
}

/** How many findings are open, as a number beside the mark, in words where there is room and for those who do not see it. @param {HTMLElement} badge @param {number} number */
function showOpenCount(badge, number) {
  const words = h("span", { class: "health-words" }, number === 1 ? " open finding" : " open findings");
  show(badge, number ? [String(number), words] : null);
  badge.hidden = number === 0;
}

const theme = byId("theme");
theme?.addEventListener("click", () => {
  const next = themeNow() === "dark" ? "light" : "dark";
  setTheme(next);
  localStorage.setItem("qbr-theme", next);
});

/** @type {string | undefined} */
let beforePrinting; // paper is light
window.addEventListener("beforeprint", () => {
  beforePrinting = themeNow();
  setTheme("light");
});
window.addEventListener("afterprint", () => setTheme(beforePrinting));

function themeNow() {
  return document.documentElement.dataset.bsTheme;
}

/** @param {string | undefined} colours */
function setTheme(colours) {
  document.documentElement.dataset.bsTheme = colours;
  document.dispatchEvent(new CustomEvent("qbr-theme"));
}

const mark = byId("health");
if (mark) {
  markHealth(mark);
  document.addEventListener("qbr-health", () => markHealth(mark));
}
