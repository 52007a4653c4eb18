// Values, periods and moments as people read them. What is absent is a dash, never 0.

export const ABSENT = "–";

/** @type {Map<string, Intl.NumberFormat>} */
const numbers = new Map();

/** @param {number} value @param {number} least @param {number} most */
function number(value, least, most = least) {
  const key = `${least}-${most}`;
  const format = numbers.get(key) ?? new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most });
  numbers.set(key, format);
  return format.format(value);
}

/** @param {number} value @param {number} decimals */
function dollars(value, decimals) {
  return `${value < 0 ? "-" : ""}$${number(Math.abs(value), decimals)}`;
}

/** @type {Record<Unit, (value: number) => string>} */
const SHORT = {
  count: (value) => number(value, 0, 1),
  hours: (value) => `${number(value, 2)} h`,
  dollars: (value) => dollars(value, Math.abs(value) >= 1000 ? 0 : 2),
  ratio: (value) => number(value, 2),
  percent: (value) => `${number(value * 100, 1)} %`,
  number: (value) => number(value, 2),
};

/** @type {Record<Unit, (value: number, decimals?: number) => string>} */
const FULL = {
  count: (value) => number(value, 0, 2),
  hours: (value, decimals = 2) => `${number(value, decimals)} h`,
  dollars: (value) => dollars(value, 2),
  ratio: (value, decimals = 4) => number(value, decimals),
  percent: (value) => `${number(value * 100, 2)} %`,
  number: (value, decimals = 2) => number(value, decimals),
};

/** A value with its unit, as short as one look needs: 1.4 %, $2,973, 0.25 h. @param {number | null | undefined} value @param {Unit} unit */
export function brief(value, unit) {
  return value === null || value === undefined ? ABSENT : SHORT[unit](value);
}

/** A value with its unit and every decimal that is shown of it. @param {number | null | undefined} value @param {Unit} unit @param {number} [decimals] */
export function exact(value, unit, decimals) {
  return value === null || value === undefined ? ABSENT : FULL[unit](value, decimals);
}

/** A value beside an axis, with as many decimals as tell the values of all its ticks apart. @param {number} value @param {Unit} unit @param {number[]} ticks */
export function onAxis(value, unit, ticks) {
  const scale = unit === "percent" ? 100 : 1;
  const scaled = (/** @type {number} */ tick, /** @type {number} */ decimals) => tick * scale * 10 ** decimals;
  const isWhole = (/** @type {number} */ amount) => Math.abs(amount - Math.round(amount)) < 1e-6;
  const decimals = [0, 1, 2, 3, 4].find((each) => ticks.every((tick) => isWhole(scaled(tick, each)))) ?? 4;
  if (unit === "dollars") return dollars(value, decimals);
  return number(value * scale, decimals) + (unit === "percent" ? " %" : unit === "hours" ? " h" : "");
}

/** `text` as a sentence: a capital letter in front, a stop behind. @param {string} text */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** "1 value", "3 values". @param {number} amount @param {string} one */
export function count(amount, one, many = `${one}s`) {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** What stands beside an axis or a heading. */
export const UNIT_NAMES = { count: "count", hours: "hours", dollars: "US dollars", ratio: "ratio", percent: "percent", number: "number" };

/** How far `value` is from `before`, as text: percentages in points, everything else in percent; null when nothing can be compared.
 * @param {number | null | undefined} value @param {number | null | undefined} before @param {Unit} unit */
export function change(value, before, unit) {
  if (value === null || before === null || value === undefined || before === undefined) return null;
  const sign = value > before ? "+" : value < before ? "-" : "±";
  if (unit === "percent") return `${sign}${number(Math.abs(value - before) * 100, 1)} pts`;
  if (before === 0) return null;
  return `${sign}${number((Math.abs(value - before) / Math.abs(before)) * 100, 1)} %`;
}

/** Whether a period is a quarter. @param {string} text */
export function isQuarter(text) {
  return text.includes("-Q");
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** "2025-03" as March 2025, "2025-Q1" as Q1 2025. @param {string} text */
export function period(text) {
  const [year, part] = text.split("-");
  return part.startsWith("Q") ? `${part} ${year}` : `${MONTHS[Number(part) - 1]} ${year}`;
}

/** "2025-03" as Mar 25. @param {string} text */
export function shortMonth(text) {
  const [year, part] = text.split("-");
  return `${MONTHS[Number(part) - 1].slice(0, 3)} ${year.slice(2)}`;
}

const MOMENT = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short" });
const ZONE = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" });

/** When something was collected or changed: in the time zone of the browser. @param {string | null} text */
export function moment(text) {
  return text === null ? ABSENT : MOMENT.format(new Date(text));
}

/** The time zone of the browser at that moment, such as CST. @param {string} text */
export function zoneAt(text) {
  return ZONE.formatToParts(new Date(text)).find((part) => part.type === "timeZoneName")?.value;
}

const AGO = new Intl.RelativeTimeFormat("en-US");
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const SPANS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** How long ago something was: 14 hours ago, 3 days ago. Days count from the second on. @param {string} text */
export function ago(text, now = Date.now()) {
  const passed = now - new Date(text).getTime();
  const span = SPANS.find(([name, each]) => passed >= each * (name === "day" ? 2 : 1));
  return span ? AGO.format(-Math.floor(passed / span[1]), span[0]) : "just now";
}

/** Whole seconds as 45 s, 3 min 20 s, 1 h 5 min. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return "under 1 s";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** When a ticket or a time entry was entered: the wall clock of the business, wherever the browser is. @param {string | null} text */
export function businessTime(text) {
  if (text === null) return ABSENT;
  const [date, time] = text.split("T");
  return `${day(date)}, ${time.slice(0, 5)}`;
}

/** "2025-03-31" as Mar 31, 2025. @param {string} text */
export function day(text) {
  const [year, month, date] = text.split("-").map(Number);
  return `${MONTHS[month - 1].slice(0, 3)} ${date}, ${year}`;
}
