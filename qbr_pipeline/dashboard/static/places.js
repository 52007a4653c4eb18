// Where a value of a month leads.

/** The form for what people enter, the rows for what is collected; null for what is computed. `source` is null where it is absent or not known. */
export function placeOf(metric, source, month) {
  if (source === "manual" || (source === null && metric.kind === "input")) return `/enter?period=${month}&metric=${metric.name}`;
  return metric.kind === "collected" ? `/rows?metric=${metric.name}&period=${month}` : null;
}
