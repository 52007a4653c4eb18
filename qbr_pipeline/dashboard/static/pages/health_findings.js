// What the rules found, by month, and what people think of it.

import { get } from "../api.js";
import { addressWith, byId, h, icon, show } from "../dom.js";
import { isCritical } from "../findings.js";
import { period } from "../format.js";
import { chosen, named as nameOf } from "../periods.js";
import { begin, notice, say, start } from "../page.js";
import { pager } from "../pager.js";
import { finding as shown } from "./health_finding.js";

const LIMIT = 50;
const CHOICES = {
  open: { state: "open" },
  standing: {},
  acknowledged: { state: "acknowledged" },
  expected: { state: "expected" },
  resolved: { state: "resolved" },
  all: { state: "any" },
};

/** Show findings in `place`; `state` and `month` choose which, and the address keeps what is chosen. */
export async function showFindings(place, state, month, definitions) {
  const [{ periods }, asked] = await Promise.all([get("/periods"), named()]);
  const query = new URLSearchParams(location.search);
  const choices = [...new Set(periods.flatMap((each) => [each.quarter, each.period]))].toSorted().toReversed();
  show(month, h("option", { value: "" }, "All"), choices.map((each) => h("option", { value: each }, period(each))));
  month.value = chosen(choices, "", { name: "findings_of", told: (of) => (of ? nameOf(of) : "every month and quarter") });
  state.value = CHOICES[query.get("findings")] ? query.get("findings") : "open";
  const fill = async (offset, isLatest) => {
    const page = await get("/findings", { ...CHOICES[state.value], period: month.value, limit: LIMIT, offset });
    if (!isLatest()) return null;
    show(place, page.total ? groups(page.findings, definitions) : nothing(state.value, month.value), pager(page, "findings", again));
    return page;
  };
  const again = (offset) =>
    start(async (isLatest) => {
      const page = await fill(offset, isLatest);
      if (page) say(page.total ? `${page.findings.length} of ${page.total} findings are shown` : "no such finding");
    }, "findings");
  state.onchange = month.onchange = () => {
    notice("findings_of", null);
    history.replaceState({}, "", addressWith({ findings: state.value, findings_of: month.value, finding: null }));
    again(0);
  };
  await fill(0, begin("findings"));
  if (asked) pin(place, asked, definitions);
}

/** Open the finding that the address asks for, and go there. */
export function goToFinding() {
  const id = new URLSearchParams(location.search).get("finding");
  const found = id && byId(`finding-${id}`);
  if (!found) return;
  found.open = true;
  found.scrollIntoView({ block: "start" });
  found.querySelector("summary").focus({ preventScroll: true });
}

/** The finding that the address asks for: as {id, finding}, the finding null when there is none; null when it asks for none. */
async function named() {
  const id = new URLSearchParams(location.search).get("finding");
  if (!id || !/^\d{1,9}$/.test(id)) return null;
  const { findings } = await get("/findings", { id });
  return { id, finding: findings[0] ?? null };
}

function pin(place, { id, finding }, definitions) {
  if (!finding) place.prepend(h("p", { class: "text-warn" }, icon("exclamation-triangle-fill", "me-1"), `There is no finding with the number ${id}.`));
  else if (!byId(`finding-${id}`)) place.prepend(group(finding.period, [finding], definitions));
}

function groups(findings, definitions) {
  return [...Map.groupBy(findings, (each) => each.period)].map(([of, members]) => group(of, members, definitions));
}

function group(of, members, definitions) {
  const worstFirst = members.toSorted((one, other) => weight(other) - weight(one));
  return h("div", { class: "finding-group", "data-period": of }, h("h3", {}, period(of)), worstFirst.map((each) => shown(each, definitions)));
}

function weight(finding) {
  return finding.severity === "error" ? 2 : isCritical(finding) ? 1 : 0;
}

function nothing(state, month) {
  const where = month ? ` of ${period(month)}` : "";
  if (state === "open") return h("p", { class: "all-well" }, icon("check-circle-fill", "text-good me-2"), `No finding${where} is open.`);
  return h("p", { class: "mb-0" }, `No finding${where} is so.`);
}
