// What the rules found, by month, and what people think of it.

import { get } from "../api.js";
import { addressWith, byId, h, icon, show } from "../dom.js";
import { allWell, options } from "../elements.js";
import { isCritical } from "../findings.js";
import { period } from "../format.js";
import { notice } from "../page.js";
import { pagedList } from "../pager.js";
import { named } from "../periods.js";
import { chosen } from "../url_state.js";
import { findingElement } from "./health_finding.js";

const LIMIT = 50;
/** @type {Record<string, {state?: string}>} */
const CHOICES = {
  open: { state: "open" },
  unresolved: {},
  acknowledged: { state: "acknowledged" },
  expected: { state: "expected" },
  resolved: { state: "resolved" },
  all: { state: "any" },
};

/** Show findings in `container`; `state` and `month` choose which, and the address keeps what is chosen.
 * @param {Element} container @param {HTMLSelectElement} state @param {HTMLSelectElement} month @param {Definitions} definitions */
export async function showFindings(container, state, month, definitions) {
  const [{ periods, quarters }, requested] = await Promise.all([get("/periods"), requestedFinding()]);
  const query = new URLSearchParams(location.search);
  const choices = [...quarters, ...periods]
    .map((each) => each.period)
    .toSorted()
    .toReversed();
  show(month, [options([["", "All"]]), options(choices.map((each) => [each, period(each)]))]);
  month.value = chosen(choices, "", { name: "findings_of", labelOf: (of) => (of ? named(of) : "every month and quarter") });
  const wanted = query.get("findings") ?? "";
  state.value = CHOICES[wanted] ? wanted : "open";
  const list = pagedList(container, "findings", {
    load: (offset) => get("/findings", { ...CHOICES[state.value], period: month.value, limit: LIMIT, offset }),
    render: ({ findings }) => (findings.length ? groups(findings, definitions) : noFindings(state.value, month.value)),
  });
  state.onchange = month.onchange = () => {
    notice("findings_of", null);
    history.replaceState({}, "", addressWith({ findings: state.value, findings_of: month.value, finding: null }));
    list.turnTo(0);
  };
  await list.first;
  if (requested) pin(container, requested, definitions);
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
async function requestedFinding() {
  const id = new URLSearchParams(location.search).get("finding");
  if (!id || !/^\d{1,9}$/.test(id)) return null;
  const { findings } = await get("/findings", { id });
  return { id, finding: findings[0] ?? null };
}

/** @param {Element} container @param {{id: string, finding: Finding | null}} requested @param {Definitions} definitions */
function pin(container, { id, finding }, definitions) {
  if (!finding) container.prepend(h("p", { class: "text-warn" }, icon("exclamation-triangle-fill", "me-1"), `There is no finding with the number ${id}.`));
  else if (!byId(`finding-${id}`)) container.prepend(...groups([finding], definitions));
}

/** @param {Finding[]} findings @param {Definitions} definitions */
function groups(findings, definitions) {
  return [...Map.groupBy(findings, (each) => each.period)].map(([of, members]) => {
    const worstFirst = members.toSorted((one, other) => weight(other) - weight(one));
    return h("div", { class: "finding-group", "data-period": of }, [h("h3", {}, period(of)), worstFirst.map((each) => findingElement(each, definitions))]);
  });
}

/** @param {Finding} finding */
function weight(finding) {
  return finding.severity === "error" ? 2 : Number(isCritical(finding));
}

/** @param {string} state @param {string} month */
function noFindings(state, month) {
  const where = month ? ` of ${period(month)}` : "";
  if (state === "open") return allWell(`No finding${where} is open.`);
  return h("p", { class: "mb-0" }, `No finding${where} is in this state.`);
}
