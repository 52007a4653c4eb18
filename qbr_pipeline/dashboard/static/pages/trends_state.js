// What the trends page is showing: a number and how many months, and what follows from them. Pure: no element, no address, no request.

import { exact } from "../format.js";
import { choose } from "../periods.js";

export const SPANS = ["13", "24", "36"];

/** @param {Periods} periods @param {Definitions} definitions */
export function initialState(periods, definitions) {
  /** @type {Map<string, AnyNumber>} */
  const numbers = new Map([...definitions.smartnumbers, ...definitions.metrics].map((each) => [each.name, each]));
  return { numbers, recent: periods.recent, name: [...numbers.keys()][0], span: SPANS[0], notices: /** @type {Record<string, string | null>} */ ({}) };
}

/** The state with what is requested of `name` and `months`, and notices for what there is not; what is not requested stays.
 * @param {ReturnType<typeof initialState>} state @param {{name?: string | null, months?: string | null}} requested */
export function select(state, { name = null, months = null }) {
  const labelOf = (/** @type {string} */ key) => state.numbers.get(key)?.label ?? `"${key}"`;
  const number = choose([...state.numbers.keys()], name, state.name, { because: "there is no number of that name", labelOf });
  const span = choose(SPANS, months, state.span, { because: "expected 13, 24 or 36", labelOf: spanInWords });
  return { ...state, name: number.value, span: span.value, notices: { name: number.notice, months: span.notice } };
}

/** "13 months". @param {string} span */
export function spanInWords(span) {
  return `${span} months`;
}

/** The months that are asked for: the current one and those before. @param {ReturnType<typeof initialState>} state */
export function query({ recent, span }) {
  return { from_period: recent[Number(span) - 1].period, to_period: recent[0].period };
}

/** The lines of the thresholds of a series. @param {Series} series @param {Answer<"/thresholds">["thresholds"]} thresholds */
export function limitsOf(series, thresholds) {
  return thresholds
    .filter((each) => each.metric_name === series.name)
    .map(({ threshold_type: type, threshold_value: value }) => ({ type, value, label: `${type} at ${exact(value, series.unit, series.decimals)}` }));
}
