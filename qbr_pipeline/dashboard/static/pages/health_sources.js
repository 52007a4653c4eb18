// Is last night's collection in: one sentence, and each source with its age.

import { get } from "../api.js";
import { h, icon, show } from "../dom.js";
import { ago, day, moment, period, zoneAt } from "../format.js";
import { failedMonths, judge } from "../freshness.js";

const MOST_NAMED = 3;
const ICONS = { good: "check-circle-fill", warning: "exclamation-triangle-fill", bad: "x-circle-fill", never: "question-circle" };
const NAMES = { Ninja: "NinjaOne" };

/** What people call a vendor. */
export const vendorName = (vendor) => NAMES[vendor] ?? vendor;

/** Show the sentence in `standing`, and in `place` a card for each of the `sources` that values are collected from. */
export async function showSources(standing, place, sources) {
  const { vendors } = await get("/collection/status");
  const known = new Map(vendors.map((vendor) => [vendor.vendor, vendor]));
  const judged = judge(vendors);
  show(
    standing,
    h(
      "div",
      { class: "standing", "data-state": judged.state },
      icon(ICONS[judged.state]),
      h("p", {}, verdict(vendors, judged), neverCollected(vendors, sources, known)),
    ),
  );
  show(place, vendors.length ? sources.map((source) => card(source.name, known.get(source.name))) : null);
}

function verdict(vendors, judged) {
  if (!vendors.length) return "Nothing has ever been collected.";
  if (judged.state === "good") return `Last night's collection is in: every source was collected without failure, the oldest ${ago(judged.oldest)}.`;
  const parts = judged.late.map((vendor) =>
    vendor.last_success_at === null ? `${vendorName(vendor.vendor)} has never succeeded` : `${vendorName(vendor.vendor)} last succeeded ${ago(vendor.last_success_at)}`,
  );
  for (const vendor of judged.failed) parts.push(`${vendorName(vendor.vendor)} failed for ${months(vendor.failed_periods)}`);
  const kept = failedMonths(judged) ? " What failed keeps the values that it had." : "";
  return `Last night's collection is not in${judged.late.length ? "" : " whole"}: ${parts.join("; ")}.${kept}`;
}

function neverCollected(vendors, sources, known) {
  const never = sources.filter((source) => !known.has(source.name)).map((source) => vendorName(source.name));
  if (!vendors.length) return [" What is missing for it is said by ", h("code", {}, "qbr doctor"), "; values can be ", h("a", { href: "/enter" }, "entered by hand"), " all the same."];
  return never.length ? ` Never collected: ${never.join(", ")}.` : null;
}

function months(periods) {
  const named = periods.slice(0, MOST_NAMED).map(period);
  const others = periods.length - MOST_NAMED;
  if (others > 0) named.push(`${others} more ${others === 1 ? "month" : "months"}`);
  return named.length > 1 ? `${named.slice(0, -1).join(", ")} and ${named.at(-1)}` : named[0];
}

function card(name, vendor) {
  const id = `source-${name}`;
  const [state, words] = stateOf(vendor);
  return h(
    "article",
    { class: "card source", "data-state": state, "data-source": name, "aria-labelledby": id },
    h(
      "div",
      { class: "card-body" },
      h("h2", { id }, vendorName(name), h("span", { class: "source-state" }, icon(ICONS[state], "me-1"), words)),
      vendor ? facts(vendor) : h("p", { class: "mb-0" }, "No collection of it has been tried."),
    ),
  );
}

function stateOf(vendor) {
  if (!vendor) return ["never", "Never collected"];
  const failed = vendor.failed_periods.length;
  const { state } = judge([vendor]);
  return [state, { good: "In", warning: "Not fresh", bad: `${failed} ${failed === 1 ? "month" : "months"} failed` }[state]];
}

function facts(vendor) {
  const line = (term, ...told) => [h("dt", {}, term), h("dd", {}, ...told)];
  const failures = vendor.periods.filter((each) => each.status === "failed").toReversed();
  return h(
    "dl",
    { class: "facts" },
    line("Last success", ...when(vendor.last_success_at)),
    line("Last begun", ...when(vendor.last_started_at)),
    line("Months", `${vendor.periods.length} tried, ${failures.length || "none"} failed`),
    vendor.snapshot_date
      ? line("Devices of", day(vendor.snapshot_date), vendor.snapshot_suspect ? h("span", { class: "text-warn ms-2" }, icon("exclamation-triangle-fill", "me-1"), "looks half done") : null)
      : null,
    failures.length ? line("Failed", h("ul", { class: "failures" }, failures.slice(0, MOST_NAMED).map(failure), moreFailures(failures.length - MOST_NAMED))) : null,
  );
}

function failure(each) {
  return h("li", {}, h("strong", {}, `${period(each.period)}: `), each.message ?? "no reason is known");
}

function moreFailures(count) {
  return count > 0 ? h("li", {}, h("a", { href: "/health?log=failed#log-title" }, `${count} more ${count === 1 ? "month" : "months"}, in the log`)) : null;
}

function when(at) {
  if (at === null) return ["never"];
  return [h("time", { datetime: at }, `${moment(at)} ${zoneAt(at)}`), h("span", { class: "age" }, ` (${ago(at)})`)];
}
