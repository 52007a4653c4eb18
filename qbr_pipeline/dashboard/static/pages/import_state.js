// What the page Import computes: a file as text, what was said of labels, and how many cells do what.

/** @typedef {Stored<"/imports/preview">} Preview */

const PIECE = 8_192; // bytes that are turned into letters at a time

/** Bytes in base64. @param {Uint8Array} bytes */
export function base64(bytes) {
  let letters = "";
  for (let at = 0; at < bytes.length; at += PIECE) letters += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(letters);
}

/** What is sent of what was said of labels: the metric of each, null for one that is left out. @param {Map<string, string>} meanings */
export function labelsOf(meanings) {
  return [...meanings].map(([key, metric]) => {
    const [section, label] = JSON.parse(key);
    return { section, label, metric_name: metric === LEFT_OUT ? null : metric };
  });
}

/** What is chosen for a label whose row is not to be taken. */
export const LEFT_OUT = "-";

/** How many cells have each outcome, as words. @param {Preview["cells"]} cells */
export function counts(cells) {
  return ["new", "changed", "equal", "kept"].map((outcome) => `${cells.filter((each) => each.outcome === outcome).length} ${outcome}`).join(", ");
}

/** The cells that would change anything first. @param {Preview["cells"]} cells */
export function sorted(cells) {
  const rank = { changed: 0, new: 1, kept: 2, equal: 3 };
  return [...cells].sort((one, other) => rank[one.outcome] - rank[other.outcome]);
}
