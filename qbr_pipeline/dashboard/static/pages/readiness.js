// Readiness: whether nine nights in a row give reason to trust them, and who has approved them.

import { get } from "../api.js";
import { byId, h, icon, show } from "../dom.js";
import { momentWithZone, SIGNS } from "../elements.js";
import { count, day, moment } from "../format.js";
import { start } from "../page.js";

const MOST_NAMED = 5;
const STATES = { good: "Good", failed: "Failed", missing: "Missing", running: "Running" };

/** @typedef {Answer<"/readiness">} Readiness */

start(async () => {
  const readiness = await get("/readiness");
  show(byId("verdict"), verdict(readiness));
  show(byId("nights"), readiness.nights.map(night));
  show(byId("answers"), readiness.answers.map(answer));
});

/** @param {boolean} holds */
function sign(holds) {
  return icon(SIGNS[holds ? "good" : "bad"][0], holds ? "text-good" : "text-bad");
}

/** @param {Readiness} readiness */
function verdict({ is_ready: isReady, approval }) {
  const words = isReady ? "Nine nights in a row give reason to trust them." : "The nights do not give reason to trust them yet.";
  return h("div", { class: "verdict", "data-state": isReady ? "good" : "bad" }, sign(isReady), h("p", {}, words, " ", approvalInWords(approval)));
}

/** @param {Readiness["approval"]} approval */
function approvalInWords(approval) {
  if (!approval) return ["Nobody has approved them: the schedule skips its nights until ", h("code", {}, "qbr readiness --approve --by NAME"), "."];
  const what = approval.purpose === "production" ? "Approved" : "Nights run as a trial, allowed";
  return [`${what} by ${approval.approved_by}, `, momentWithZone(approval.approved_at), approval.reason ? `, although: ${approval.reason}` : "", "."];
}

/** @param {Readiness["nights"][number]} night */
function night({ day: date, state, began_at: began, ended_at: ended, months, missing }) {
  const span = began ? `${moment(began)}${ended ? ` to ${moment(ended).split(", ").at(-1)}` : ""}` : "";
  return h("li", { "data-state": state }, [
    sign(state === "good"),
    h("span", {}, day(date)),
    h("span", {}, STATES[state]),
    h("span", {}, began ? count(months, "month") : ""),
    h(
      "span",
      {},
      span,
      missing.length ? h("span", { class: "text-body-secondary" }, span ? " · " : "", missing[0], missing.length > 1 ? ` and ${missing.length - 1} more` : "") : null,
    ),
  ]);
}

/** @param {Readiness["answers"][number]} answer */
function answer({ question, holds, sentence, missing }) {
  const items = (/** @type {string[]} */ sentences) =>
    h(
      "ul",
      {},
      sentences.map((each) => h("li", {}, each)),
    );
  const others = missing.slice(MOST_NAMED);
  return h("article", { class: "answer", "data-question": question }, [
    h("h3", {}, sign(holds), h("span", { class: "visually-hidden" }, holds ? "Holds:" : "Does not hold:"), sentence),
    missing.length ? items(missing.slice(0, MOST_NAMED)) : null,
    others.length ? h("details", {}, h("summary", {}, `and ${others.length} more`), items(others)) : null,
  ]);
}
