// Numbers as people type them, kept as text: 97.5 % is 0.975 and nothing beside it.

/** "1,234.50", "$1,234.5", "97.5 %" or, for what is below zero, "($5.00)" as plain decimal text, such as "1234.5"; null when it is no number. @param {string} input */
export function read(input) {
  const plain = input
    .trim()
    .replace(/^(\$?)\s*\((.*)\)$/, "-$1$2")
    .replace(/^(-?)\$\s*/, "$1")
    .replace(/\s*(%|h)$/, "");
  if (!/^-?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$/.test(plain) || !/\d/.test(plain)) return null;
  return shift(plain.replaceAll(",", ""), 0);
}

/** Decimal text with its point moved, to the right when `places` is positive: shift("97.5", -2) is "0.975". @param {string} text @param {number} places */
export function shift(text, places) {
  const [, sign, whole, part] = /** @type {string[]} */ (/^(-?)(\d*)\.?(\d*)$/.exec(text));
  const digits = "0".repeat(Math.max(0, -places)) + whole + part + "0".repeat(Math.max(0, places));
  const point = Math.max(0, -places) + whole.length + places;
  const before = digits.slice(0, point).replace(/^0+(?=\d)/, "") || "0";
  const after = digits.slice(point).replace(/0+$/, "");
  const result = after ? `${before}.${after}` : before;
  return result === "0" ? result : sign + result;
}

/** Decimal text as a number for the body of a request, with every digit where the browser can. @param {string} text */
export function jsonNumber(text) {
  return JSON.rawJSON ? JSON.rawJSON(text) : Number(text);
}
