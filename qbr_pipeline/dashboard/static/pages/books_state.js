// What accounts are said to count as, and what of that is being changed. Pure: no element, no request.

/** @typedef {Answer<"/books/accounts">["accounts"][number]} Account @typedef {Answer<"/books/mapping">["mappings"][number]} Mapping */
/** @typedef {{account: string, section?: undefined, name: string} | {section: string, account?: undefined, name: string}} Subject */
/** @typedef {{choice: string, isAlone: boolean, isNegated: boolean}} Said @typedef {Map<string, {subject: Subject, said: Said}>} Drafts */

/** Nothing is said; it is left aside. */
export const UNSAID = "";
export const ASIDE = "nothing";
export const ALWAYS = "";

/** @type {Said} */
const SILENT = { choice: UNSAID, isAlone: false, isNegated: false };

/** What a mapping is of, as a key. @param {{account?: string | null, section?: string | null}} subject */
export const keyOf = ({ account, section }) => (account === null || account === undefined ? `section ${section}` : `account ${account}`);

/** The mappings of each subject, the one that began first before the others. @param {Mapping[]} mappings */
export function bySubject(mappings) {
  const ordered = [...mappings].sort((one, other) => (one.since ?? "").localeCompare(other.since ?? ""));
  /** @type {Map<string, Mapping[]>} */
  const found = new Map();
  for (const each of ordered) found.set(keyOf(each), [...(found.get(keyOf(each)) ?? []), each]);
  return found;
}

/** The mapping that holds in a month; null: none. @param {Mapping[] | undefined} mappings @param {string} month */
export function holding(mappings, month) {
  return mappings?.findLast((each) => each.since === null || each.since <= month) ?? null;
}

/** What a mapping says. @param {Mapping | null} mapping @returns {Said} */
export function saidBy(mapping) {
  if (!mapping) return SILENT;
  return { choice: mapping.counts_as ?? ASIDE, isAlone: !mapping.with_sub_accounts, isNegated: mapping.negated };
}

/** The drafts with another one; one that says what is said already is none. @param {Drafts} drafts @param {Subject} subject @param {Said} said @param {Mapping | null} stored @returns {Drafts} */
export function drafted(drafts, subject, said, stored) {
  const next = new Map(drafts);
  const kept = saidBy(stored);
  const isSame = said.choice === kept.choice && (said.choice === UNSAID || (said.isAlone === kept.isAlone && said.isNegated === kept.isNegated));
  if (isSame) next.delete(keyOf(subject));
  else next.set(keyOf(subject), { subject, said });
  return next;
}

/** What the API is asked to keep and to take back, from a month on (ALWAYS: from the first): what was said of later months goes.
 * @param {Drafts} drafts @param {Map<string, Mapping[]>} stored @param {string} since */
export function changes(drafts, stored, since) {
  const from = since === ALWAYS ? {} : { since };
  const mappings = [...drafts.values()]
    .filter(({ said }) => said.choice !== UNSAID)
    .map(({ subject: { name, ...of }, said }) => ({
      ...of,
      ...from,
      name,
      counts_as: said.choice === ASIDE ? null : said.choice,
      with_sub_accounts: !said.isAlone,
      negated: said.isNegated,
    }));
  const removed = [...drafts.values()].flatMap(({ subject, said }) =>
    (stored.get(keyOf(subject)) ?? [])
      .filter((each) => (said.choice === UNSAID ? (each.since ?? "") >= since : (each.since ?? "") > since))
      .map((each) => ({ ...(subject.account === undefined ? { section: subject.section } : { account: subject.account }), ...(each.since ? { since: each.since } : {}) })),
  );
  return { mappings, removed };
}

/** The accounts whose name, or that of an account around them, holds every word. @param {Account[]} accounts @param {string} words @param {boolean} onlyOpen */
export function matching(accounts, words, onlyOpen) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return accounts.filter((each) => {
    const text = `${each.account} ${each.name}`.toLowerCase();
    return wanted.every((word) => text.includes(word)) && (!onlyOpen || each.kind === "unmapped");
  });
}

/** What of a preview is another value than now: by metric, then by month. @param {Stored<"/books/preview">["months"]} months */
export function moved(months) {
  const labels = new Map(months.flatMap((month) => month.values.map((each) => /** @type {const} */ ([each.name, each.label]))));
  return [...labels].flatMap(([name, label]) => {
    const values = months.map((month) => month.values.find((each) => each.name === name) ?? null);
    return values.some((each) => each && each.now !== each.then) ? [{ name, label, values }] : [];
  });
}
