// Data health: whether to believe the numbers.

import { get } from "../api.js";
import { byId } from "../dom.js";
import { start } from "../page.js";
import { goToFinding, showFindings } from "./health_findings.js";
import { showLog } from "./health_log.js";
import { showMissing } from "./health_missing.js";
import { showRestatements } from "./health_restatements.js";
import { showSources } from "./health_sources.js";

start(async () => {
  const definitions = await get("/metrics/definitions");
  const sources = collectedSources(definitions);
  await Promise.all([
    showSources(byId("collection-summary"), byId("sources"), sources),
    showFindings(byId("findings"), byId("findings-state"), byId("findings-of"), definitions),
    showMissing(byId("missing")),
    showRestatements(byId("restatements")),
    showLog(byId("log"), byId("log-status"), byId("log-vendor"), sources),
  ]);
  goToFinding();
});

/** The vendors that metrics are collected from, {name, id}. @param {Definitions} definitions @returns {Source[]} */
function collectedSources(definitions) {
  const collected = definitions.metrics.filter((metric) => metric.kind === "collected");
  return [...new Map(collected.map((metric) => [metric.vendor, { name: metric.vendor, id: metric.vendor_id }])).values()];
}
