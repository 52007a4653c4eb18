// Saying what one thinks of a finding: acknowledged, expected, or open again; with a name and a reason.

import { post, Problem } from "../api.js";
import { h, icon, show } from "../dom.js";
import { say, sentence } from "../page.js";

const WHO = "qbr-entered-by"; // the name that was given last, on this page or in the form for values
const DONE = { acknowledge: "acknowledged", expected: "expected", reopen: "open again" };

/** The form for the finding `told`; `renew` gets it as it is afterwards. */
export function decision(told, renew) {
  const by = field(told, "by", "Your name", { maxlength: 100, value: localStorage.getItem(WHO) ?? "", autocomplete: "name" });
  const why = field(told, "why", "Reason", { maxlength: 2000, autocomplete: "off" });
  const until = field(told, "until", "Acknowledged until (may stay empty)", { type: "date" });
  const fault = h("p", { class: "text-bad mb-0", role: "alert" });
  const send = async (what) => {
    show(fault);
    const missing = [by, what === "reopen" ? null : why].filter((each) => each && !each.input.value.trim());
    for (const each of [by, why]) each.complain(missing.includes(each) ? MISSING[each.name] : null);
    if (missing.length) {
      missing[0].input.focus();
      return;
    }
    try {
      const { finding } = await post(`/findings/${what}`, body(what));
      localStorage.setItem(WHO, by.input.value.trim());
      renew(finding);
      say(`the finding is ${DONE[what]}`);
      document.dispatchEvent(new CustomEvent("qbr-health"));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      show(fault, icon("exclamation-triangle-fill", "me-1"), sentence(problem.message));
    }
  };
  const body = (what) => {
    const made = { id: told.id, by: by.input.value.trim() };
    if (why.input.value.trim()) made.why = why.input.value.trim();
    if (what === "acknowledge" && until.input.value) made.until = new Date(`${until.input.value}T23:59:59`).toISOString();
    return made;
  };
  const button = (what, label, classes) => h("button", { class: `btn btn-sm ${classes}`, type: "button", onclick: () => send(what) }, label);
  return h(
    "form",
    { class: "decision", novalidate: true, "aria-label": "What you think of it", onsubmit: (event) => event.preventDefault() },
    by.element,
    why.element,
    told.state === "open" ? until.element : null,
    h(
      "div",
      { class: "decision-buttons" },
      told.state === "open" ? button("acknowledge", "Acknowledge", "btn-primary") : null,
      told.state === "expected" ? null : button("expected", "Mark as expected", "btn-outline-secondary"),
      told.state === "open" ? null : button("reopen", "Open again", "btn-outline-secondary"),
    ),
    h("p", { class: "form-text mb-0" }, "Acknowledged: somebody looks after it. Expected: the value is right and an exception; later months are not held against it."),
    fault,
  );
}

const MISSING = { by: "Say who you are.", why: "Say why." };

function field(told, name, label, attributes) {
  const id = `${name}-${told.id}`;
  const input = h("input", { class: "form-control form-control-sm", id, type: "text", "aria-describedby": `${id}-fault`, ...attributes });
  const fault = h("div", { class: "invalid-feedback", id: `${id}-fault` });
  return {
    name,
    input,
    element: h("div", { class: `decision-${name}` }, h("label", { class: "form-label", for: id }, label), input, fault),
    complain(text) {
      input.classList.toggle("is-invalid", text !== null);
      if (text === null) input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
      show(fault, text);
    },
  };
}
