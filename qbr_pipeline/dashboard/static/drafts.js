// What a person typed, over signing in again: a session may end in the middle of it.

import { byId } from "./dom.js";

const STORAGE_KEY = "qbr-drafts";

export const RESTORED = "You have signed in again: what you typed before is here, and is not saved yet.";

const AUTHOR_KEY = "qbr-entered-by"; // of the form for values and of decisions on findings

/** The name that was given last in this browser. */
export const lastAuthor = () => localStorage.getItem(AUTHOR_KEY) ?? "";

/** Offer `name` from now on. @param {string} name */
export const rememberAuthor = (name) => localStorage.setItem(AUTHOR_KEY, name);

/** @type {null | (() => {of: string, texts: Record<string, string>})} */
let collect = null;

/** From now on, when the page has to be left to sign in, keep what `collectDrafts` returns: {of, texts by the id of their field}.
 * @param {() => {of: string, texts: Record<string, string>}} collectDrafts */
export function keepDrafts(collectDrafts) {
  collect = collectDrafts;
}

/** Keep it now, for this tab alone; whether this page keeps anything. */
export function storeDrafts() {
  if (!collect) return false;
  const { of, texts } = collect();
  if (Object.keys(texts).length) sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ of, texts }));
  return true;
}

/** Put back what was kept `of` something, once; whether there was any. @param {string} of */
export function restoreDrafts(of) {
  const stored = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null");
  if (stored?.of !== of) return false;
  sessionStorage.removeItem(STORAGE_KEY);
  for (const [id, text] of Object.entries(stored.texts)) {
    const field = byId(id);
    if (!field) continue;
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }
  return true;
}
