// How the fields of a month stand in the form: by section, and those that replace other values folded away.

import { h } from "../dom.js";
import { period } from "../format.js";

/** @typedef {ReturnType<typeof import("./enter_fields.js").makeField>} View */

/** The fieldsets of `fields`, those of inputs first; a heading names `month` and the `last` one before. @param {View[]} fields @param {string} month @param {string} last */
export function sections(fields, month, last) {
  const inputs = fields.filter((field) => field.metric.kind === "input");
  const others = fields.filter((field) => field.metric.kind !== "input");
  const overridden = others.some((field) => field.isManual);
  return [
    ...grouped(inputs, month, last),
    h("details", { class: "enter-others", open: overridden }, [
      h("summary", {}, "Override a collected or computed value"),
      h("p", { class: "text-body-secondary" }, "A value that is entered here stays until it is released, whatever is collected or computed meanwhile."),
      ...grouped(others, month, last),
    ]),
  ];
}

/** @param {View[]} some @param {string} month @param {string} last */
function grouped(some, month, last) {
  return [...Map.groupBy(some, (field) => field.metric.section)].map(([section, members]) =>
    h("fieldset", {}, [
      h("legend", {}, section),
      h("div", { class: "enter-head", "aria-hidden": "true" }, h("span", {}), h("span", {}, period(last)), h("span", {}, period(month))),
      members.map((field) => field.element),
    ]),
  );
}
