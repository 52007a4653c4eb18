// What every page does: the health mark, light and dark, and telling a person what went wrong.

import { get, Problem } from "./api.js";
import { byId, h, icon, show } from "./dom.js";
import { moment } from "./format.js";
import { failedMonths, judge } from "./freshness.js";

/** Fill the page: runs `make`, and tells a problem in a sentence with a way to try again. */
export async function start(make) {
  const place = byId("problem");
  place.classList.add("d-none");
  const main = byId("main");
  main.setAttribute("aria-busy", "true");
  try {
    await make();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const again = h("button", { class: "btn btn-sm btn-outline-danger ms-2", type: "button", onclick: () => start(make) }, "Try again");
    show(place, icon("exclamation-triangle-fill", "me-2"), sentence(problem.message), again);
    place.classList.remove("d-none");
  } finally {
    main.removeAttribute("aria-busy");
  }
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

/** How many findings are open, as a number beside the mark and as words for those who do not see it. */
function showOpen(mark, count) {
  const badge = mark.querySelector("[data-open]");
  const words = h("span", { class: "visually-hidden" }, count === 1 ? " open finding" : " open findings");
  show(badge, count ? [String(count), words] : null);
  badge.hidden = count === 0;
  if (count) mark.title += `. Open findings: ${count}`;
}

const theme = byId("theme");
theme?.addEventListener("click", () => {
  const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  document.documentElement.dataset.bsTheme = next;
  localStorage.setItem("qbr-theme", next);
  document.dispatchEvent(new CustomEvent("qbr-theme"));
});

const mark = byId("health");
if (mark) {
  markHealth(mark);
  document.addEventListener("qbr-health", () => markHealth(mark));
}
