// Where a value of a month leads.

/** The form for what people enter, the rows for what is collected or read from books; null for what is computed. `source` is null where it is absent or not known.
 * @param {{name: string, kind?: string, has_rows?: boolean}} number @param {string | null} source @param {string} month */
export function linkOf(number, source, month) {
  if (source === "manual" || (source === null && number.kind === "input")) return `/enter?period=${month}&metric=${number.name}`;
  return number.has_rows ? `/rows?metric=${number.name}&period=${month}` : null;
}
