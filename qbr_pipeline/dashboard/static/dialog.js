// A question or something to look at, in front of the page. Escape says no.

import { h, show } from "./dom.js";

/** Show `content` under a title until it is closed. @param {string} title @param {Children[]} content */
export function open(title, ...content) {
  return present(title, content, [button("Close", "", "btn-primary")]);
}

/** Ask; whether the answer was `yes`. @param {string} title @param {string} yes @param {string} no @param {Children[]} content */
export async function ask(title, yes, no, ...content) {
  return (await present(title, content, [button(no, "", "btn-outline-secondary"), button(yes, "yes", "btn-primary")])) === "yes";
}

/** @param {string} label @param {string} value @param {string} classes @returns {HTMLButtonElement} */
function button(label, value, classes) {
  return h("button", { class: `btn btn-sm ${classes}`, value }, label);
}

/** @param {string} title @param {Children} content @param {HTMLButtonElement[]} buttons @returns {Promise<string>} */
function present(title, content, buttons) {
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" });
  show(dialog, [
    h("h2", { id: "dialog-title", tabindex: "-1" }, title),
    h("div", { class: "dialog-content", tabindex: "0" }, content),
    h("form", { method: "dialog", class: "dialog-buttons" }, buttons),
  ]);
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    dialog.showModal();
    buttons.at(0)?.focus();
  });
}
