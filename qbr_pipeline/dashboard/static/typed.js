// What a person typed, over signing in again: a session may end in the middle of it.

import { byId } from "./dom.js";

const KEPT = "qbr-typed";

export const TYPED = "You have signed in again: what you typed before is here, and is not saved yet.";

let collect = null;

/** From now on, when the page has to be left to sign in, keep what `typed` answers: {of, texts by the id of their field}. */
export function keepTyped(typed) {
  collect = typed;
}

/** Keep it now, for this tab alone; whether this page keeps anything. */
export function keepNow() {
  if (!collect) return false;
  const { of, texts } = collect();
  if (Object.keys(texts).length) sessionStorage.setItem(KEPT, JSON.stringify({ of, texts }));
  return true;
}

/** Put back what was kept `of` something, once; whether there was any. */
export function putBack(of) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (kept?.of !== of) return false;
  sessionStorage.removeItem(KEPT);
  for (const [id, text] of Object.entries(kept.texts)) {
    const field = byId(id);
    if (!field) continue;
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }
  return true;
}
