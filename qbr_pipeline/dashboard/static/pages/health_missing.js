// The inputs that months which are over still lack.

import { get } from "../api.js";
import { h, show } from "../dom.js";
import { allWell } from "../elements.js";
import { period } from "../format.js";

const MOST_NAMED = 6;

/** Show them in `container`, the newest month first, each month with a link to where it is entered. @param {Element} container */
export async function showMissing(container) {
  const { periods } = await get("/periods/missing");
  show(container, periods.length ? h("ul", { class: "gaps" }, periods.map(missingItem)) : allWell("Every month that is over has all of its inputs."));
}

/** @param {Answer<"/periods/missing">["periods"][number]} month */
function missingItem(month) {
  const labels = month.missing.map((input) => input.label);
  const others = labels.slice(MOST_NAMED);
  return h("li", { "data-period": month.period }, [
    h("a", { href: `/enter?period=${month.period}` }, period(month.period)),
    h("span", { class: "gap-count" }, `${labels.length} missing`),
    h("div", { class: "gap-names" }, [
      h("span", {}, labels.slice(0, MOST_NAMED).join(", ")),
      others.length ? h("details", {}, h("summary", {}, `and ${others.length} more`), h("span", {}, others.join(", "))) : null,
    ]),
  ]);
}
