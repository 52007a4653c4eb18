// What is asked before values are saved, and told afterwards.

import { ask } from "../dialog.js";
import { h, icon, show } from "../dom.js";
import { exact, period } from "../format.js";
import { say } from "../page.js";
import { follows } from "./enter_review.js";

const FATE = { input: "it will be absent.", collected: "it goes back to what was collected.", derived: "it will be computed from its parts." };

/** Whether the values of these `fields` of `month` are really to be given up. */
export function agreed(fields, month) {
  const lines = fields.map(({ metric, kept }) => h("li", {}, h("strong", {}, metric.label), `, ${exact(kept.value, metric.unit, metric.decimals)}: ${FATE[metric.kind]}`));
  const title = fields.length === 1 ? "Release this value?" : `Release ${fields.length} values?`;
  return ask(title, "Release and save", "Keep editing", h("p", {}, `${fields.length === 1 ? "This field" : "These fields"} of ${period(month)} ${fields.length === 1 ? "is" : "are"} empty, so what people entered there goes away:`), h("ul", {}, lines));
}

/** Show in `place` what was `stored` for `month` by whom, and say it; `known` holds definitions by name. */
export function tellSaved(place, stored, by, month, known) {
  const number = stored.metrics.length;
  const moved = new Set(stored.smartnumbers.map((each) => each.name)).size;
  const words = `Saved by ${by}: ${number} ${number === 1 ? "value" : "values"} of ${period(month)}. ${moved ? `${moved} ${moved === 1 ? "SmartNumber" : "SmartNumbers"} moved.` : "No SmartNumber moved."}`;
  show(
    place,
    h("p", { class: "fw-semibold" }, icon("check-circle-fill", "me-2 text-good"), words, " ", h("a", { href: `/?period=${month}` }, `Scorecard of ${period(month)}`)),
    h("div", { class: "enter-saved" }, follows(stored, known)),
  );
  place.classList.remove("d-none");
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "start" });
  say(words);
}
