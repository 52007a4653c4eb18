// Saying what one thinks of a finding: acknowledged, expected, or open again; with a name and a reason.

import { sentence } from "../format.js";
import { post, Problem } from "../api.js";
import { h, icon, show } from "../dom.js";
import { lastAuthor, rememberAuthor } from "../drafts.js";
import { button, setFault } from "../elements.js";
import { announce } from "../page.js";

/** @typedef {"accept" | "acknowledge" | "expected" | "reopen"} Decision */

/** @type {Record<Decision, string>} */
const DONE = { accept: "accepted", acknowledge: "acknowledged", expected: "expected", reopen: "open again" };
const FEWER_ROWS = "Accepted: the month may lose these rows; the next collection publishes the rest.";
const FEWER_DEVICES = "Accepted: so many devices are right; the next collection counts them, and later snapshots are held against them.";
/** @type {Record<string, string>} */
const MISSING = { by: "Enter your name.", why: "Enter a reason." };

/** The form for a finding; `replace` gets it as it is afterwards. @param {Finding} finding @param {(changed: Finding) => void} replace */
export function decisionForm(finding, replace) {
  const by = field(finding, "by", "Your name", { maxlength: 100, value: lastAuthor(), autocomplete: "name" });
  const why = field(finding, "why", "Reason", { maxlength: 2000, autocomplete: "off" });
  const until = field(finding, "until", "Acknowledged until (optional)", { type: "date" });
  const fault = h("p", { class: "text-bad mb-0", role: "alert" });
  const send = async (/** @type {Decision} */ what) => {
    show(fault);
    const missing = [by, what === "reopen" ? null : why].filter((each) => each && !each.input.value.trim());
    for (const each of [by, why]) each.setFault(missing.includes(each) ? MISSING[each.name] : null);
    if (missing.length) return missing[0]?.input.focus();
    try {
      const stored = await post(/** @type {"/findings/expected"} */ (`/findings/${what}`), body(what));
      rememberAuthor(by.input.value.trim());
      replace(stored.finding);
      announce(`the finding is ${DONE[what]}`);
      document.dispatchEvent(new CustomEvent("qbr-health"));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      show(fault, icon("exclamation-triangle-fill", "me-1"), sentence(problem.message));
    }
  };
  const body = (/** @type {Decision} */ what) => {
    const reason = why.input.value.trim();
    const end = what === "acknowledge" && until.input.value ? new Date(`${until.input.value}T23:59:59`).toISOString() : null;
    return { id: finding.id, by: by.input.value.trim(), ...(reason && { why: reason }), ...(end && { until: end }) };
  };
  const isOpen = finding.state === "open";
  const isSuspect = finding.rule === "snapshot" && finding.value !== null;
  const holdsBack = finding.rule === "rows_lost" || isSuspect;
  return h("form", { class: "decision", novalidate: true, "aria-label": "Your decision", onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, [
    by.element,
    why.element,
    isOpen ? until.element : null,
    h("div", { class: "decision-buttons" }, [
      holdsBack ? button("Accept the loss", () => send("accept")) : null,
      isOpen ? button("Acknowledge", () => send("acknowledge"), { class: "btn-primary" }) : null,
      finding.state === "expected" ? null : button("Mark as expected", () => send("expected")),
      isOpen ? null : button("Open again", () => send("reopen")),
    ]),
    h("p", { class: "form-text mb-0" }, ["Acknowledged: somebody is looking into it. Expected: the value is right, but an exception; later months are not compared with it."]),
    holdsBack ? h("p", { class: "form-text mb-0" }, isSuspect ? FEWER_DEVICES : FEWER_ROWS) : null,
    fault,
  ]);
}

/** @param {Finding} finding @param {string} name @param {string} label @param {Record<string, any>} attributes */
function field(finding, name, label, attributes) {
  const id = `${name}-${finding.id}`;
  const input = h("input", { class: "form-control form-control-sm", id, type: "text", "aria-describedby": `${id}-fault`, ...attributes });
  const fault = h("div", { class: "invalid-feedback", id: `${id}-fault` });
  const element = h("div", { class: `decision-${name}` }, h("label", { class: "form-label", for: id }, label), input, fault);
  return { name, input, element, setFault: (/** @type {string | null} */ text) => setFault(input, fault, text) };
}
