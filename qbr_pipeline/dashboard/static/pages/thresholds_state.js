// The thresholds of one metric: what is stored, what is typed, and what saving has to do. Pure: no element, no request.

import { jsonNumber, read, shift } from "../decimals.js";

/** @typedef {"warning" | "critical"} Type @typedef {Record<Type, string | null>} Limits decimal text in the unit of storage; null is none */
/** @typedef {{unit: Unit, stored: Limits, entered: Record<Type, string>}} State */

/** @type {readonly Type[]} */
export const TYPES = ["warning", "critical"];

/** @template Value @param {(type: Type) => Value} valueOf @returns {Record<Type, Value>} */
const each = (valueOf) => ({ warning: valueOf("warning"), critical: valueOf("critical") });

/** The thresholds of a subject as text. @param {{limits: Record<Type, number | null>}} subject @returns {Limits} */
export function storedLimits({ limits }) {
  return each((type) => (limits[type] === null ? null : String(limits[type])));
}

/** The fields as they are when the page opens, and after Undo. @param {Unit} unit @param {Limits} stored @returns {State} */
export function initialState(unit, stored) {
  return { unit, stored, entered: each((type) => fieldText(unit, stored[type])) };
}

/** The state with another text in a field. @param {State} state @param {Type} type @param {string} text @returns {State} */
export function typed(state, type, text) {
  return { ...state, entered: { ...state.entered, [type]: text } };
}

/** The state once a threshold is stored, or deleted: null. The other field keeps what was typed. @param {State} state @param {Type} type @param {string | null} limit @returns {State} */
export function saved(state, type, limit) {
  return { ...state, stored: { ...state.stored, [type]: limit } };
}

/** What the fields ask for; null where one is empty or holds no number. @param {State} state */
export function limitsOf({ unit, entered }) {
  return each((type) => {
    const number = read(entered[type]);
    return number !== null && unit === "percent" ? shift(number, -2) : number;
  });
}

/** Whether anything is unsaved. @param {State} state */
export function isChanged({ unit, stored, entered }) {
  return TYPES.some((type) => entered[type].trim() !== fieldText(unit, stored[type]));
}

/** Whether any threshold is stored. @param {{stored: Limits}} state */
export function isSet({ stored }) {
  return TYPES.some((type) => stored[type] !== null);
}

/** The fields that hold something else than a number. @param {State} state */
export function wrongTypes({ entered }) {
  return TYPES.filter((type) => entered[type].trim() !== "" && read(entered[type]) === null);
}

/** What saving `wanted` has to do: types to delete first, then thresholds to set, all at once. @param {State} state @param {Limits} wanted */
export function changes({ stored }, wanted) {
  return {
    removed: TYPES.filter((type) => wanted[type] === null && stored[type] !== null),
    set: TYPES.flatMap((type) => {
      const [value, seen] = [wanted[type], stored[type]];
      return value === null || value === seen ? [] : [{ type, value: jsonNumber(value), seen: seen === null ? null : jsonNumber(seen) }];
    }),
  };
}

/** A stored limit as it stands in its field: percentages as people read them. @param {Unit} unit @param {string | null} limit */
export function fieldText(unit, limit) {
  if (limit === null) return "";
  return unit === "percent" ? shift(limit, 2) : limit;
}
