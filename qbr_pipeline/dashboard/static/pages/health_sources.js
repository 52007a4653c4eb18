// Is last night's collection in: one sentence, and each source with its age.

import { get } from "../api.js";
import { h, icon, show } from "../dom.js";
import { fact, momentWithZone, SIGNS } from "../elements.js";
import { ago, count, day, period } from "../format.js";

const MOST_NAMED = 3;
/** @type {Record<string, string>} */
const NAMES = { Ninja: "NinjaOne" };

/** What people call a vendor. @param {string} vendor */
export const vendorName = (vendor) => NAMES[vendor] ?? vendor;

/** Show the sentence in `summary`, and in `container` a card for each of the `sources` that values are collected from. @param {Element} summary @param {Element} container @param {Source[]} sources */
export async function showSources(summary, container, sources) {
  const status = await get("/collection/status");
  const byVendor = new Map(status.vendors.map((vendor) => [vendor.vendor, vendor]));
  show(summary, [
    h("div", { class: "collection-summary", "data-state": status.state }, [icon(SIGNS[status.state][0]), h("p", {}, verdict(status), neverCollected(sources, byVendor))]),
  ]);
  show(container, byVendor.size ? sources.map((source) => card(source.name, byVendor.get(source.name))) : null);
}

/** @param {CollectionStatus} status */
function verdict({ state, vendors, oldest_success_at: oldest, failed_months: failedMonths }) {
  if (!vendors.length) return "Nothing has been collected yet.";
  if (state === "good" && oldest) return `Last night's collection is in: every source was collected without failure, the oldest ${ago(oldest)}.`;
  const late = vendors.filter((vendor) => !vendor.is_fresh);
  const parts = late.map(({ vendor, last_success_at: at }) => `${vendorName(vendor)} ${at === null ? "has never succeeded" : `last succeeded ${ago(at)}`}`);
  for (const vendor of vendors.filter((each) => each.failed_periods.length)) {
    parts.push(`${vendorName(vendor.vendor)} failed for ${months(vendor.failed_periods)}`);
  }
  const kept = failedMonths ? " Months that failed keep the values they had." : "";
  return `Last night's collection is ${late.length ? "not in" : "incomplete"}: ${parts.join("; ")}.${kept}`;
}

/** @param {Source[]} sources @param {Map<string, CollectedVendor>} byVendor */
function neverCollected(sources, byVendor) {
  const never = sources.filter((source) => !byVendor.has(source.name)).map((source) => vendorName(source.name));
  if (!byVendor.size) {
    return [" The command ", h("code", {}, "qbr doctor"), " says what is missing; values can be ", h("a", { href: "/enter" }, "entered by hand"), " all the same."];
  }
  return never.length ? ` Never collected: ${never.join(", ")}.` : null;
}

/** @param {string[]} periods */
function months(periods) {
  const named = periods.slice(0, MOST_NAMED).map(period);
  const others = periods.length - MOST_NAMED;
  if (others > 0) named.push(count(others, "more month", "more months"));
  return named.length > 1 ? `${named.slice(0, -1).join(", ")} and ${named.at(-1)}` : named[0];
}

/** @param {string} name @param {CollectedVendor | undefined} vendor */
function card(name, vendor) {
  const id = `source-${name}`;
  const [state, words] = stateInWords(vendor);
  return h("article", { class: "card source", "data-state": state, "data-source": name, "aria-labelledby": id }, [
    h("div", { class: "card-body" }, [
      h("h2", { id }, vendorName(name), h("span", { class: "source-state" }, icon(state === "never" ? "question-circle" : SIGNS[state][0], "me-1"), words)),
      vendor ? facts(vendor) : h("p", { class: "mb-0" }, "It has not been collected yet."),
    ]),
  ]);
}

/** @param {CollectedVendor | undefined} vendor @returns {[state: CollectedVendor["state"] | "never", words: string]} */
function stateInWords(vendor) {
  if (!vendor) return ["never", "Never collected"];
  return [vendor.state, { good: "In", warning: "Not fresh", bad: `${count(vendor.failed_periods.length, "month")} failed` }[vendor.state]];
}

/** @param {CollectedVendor} vendor */
function facts(vendor) {
  const failures = vendor.periods.filter((each) => each.status === "failed").toReversed();
  const others = failures.length - MOST_NAMED;
  const suspect = vendor.snapshot_suspect ? h("span", { class: "text-warn ms-2" }, icon("exclamation-triangle-fill", "me-1"), "looks incomplete") : null;
  const list = () =>
    h("ul", { class: "failures" }, [
      failures.slice(0, MOST_NAMED).map((each) => h("li", {}, h("strong", {}, `${period(each.period)}: `), each.message ?? "no reason was recorded")),
      others > 0 ? h("li", {}, h("a", { href: "/health?log=failed#log-title" }, `${count(others, "more month", "more months")}, in the log`)) : null,
    ]);
  return h("dl", { class: "facts" }, [
    fact("Last success", when(vendor.last_success_at)),
    fact("Last start", when(vendor.last_started_at)),
    fact("Months", `${vendor.periods.length} tried, ${failures.length || "none"} failed`),
    vendor.snapshot_date ? fact("Devices as of", day(vendor.snapshot_date), suspect) : null,
    failures.length ? fact("Failed", list()) : null,
  ]);
}

/** @param {string | null} at */
function when(at) {
  return at === null ? "never" : [momentWithZone(at), h("span", { class: "age" }, ` (${ago(at)})`)];
}
