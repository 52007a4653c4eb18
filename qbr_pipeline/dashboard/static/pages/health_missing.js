// The inputs that months which are over still lack.

import { get } from "../api.js";
import { h, icon, show } from "../dom.js";
import { period } from "../format.js";

const MOST_NAMED = 6;

/** Show them in `place`, the newest month first, each month with a link to where it is entered. */
export async function showMissing(place) {
  const { periods } = await get("/periods/missing");
  if (!periods.length) {
    show(place, h("p", { class: "all-well" }, icon("check-circle-fill", "text-good me-2"), "No month that is over lacks an input."));
    return;
  }
  show(place, h("ul", { class: "gaps" }, periods.map(gap)));
}

function gap(each) {
  const labels = each.missing.map((input) => input.label);
  const hidden = labels.slice(MOST_NAMED);
  return h(
    "li",
    { "data-period": each.period },
    h("a", { href: `/enter?period=${each.period}` }, period(each.period)),
    h("span", { class: "gap-count" }, `${labels.length} missing`),
    h(
      "div",
      { class: "gap-names" },
      h("span", {}, labels.slice(0, MOST_NAMED).join(", ")),
      hidden.length ? h("details", {}, h("summary", {}, `and ${hidden.length} more`), h("span", {}, hidden.join(", "))) : null,
    ),
  );
}
