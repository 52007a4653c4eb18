// Asking the API. Every failure is a Problem whose message is a sentence for a person.

import { keepNow } from "./typed.js";

const meta = (name) => document.querySelector(`meta[name="qbr-${name}"]`)?.content ?? "";
const PREFIX = meta("api");
const PATIENCE = 30_000; // milliseconds

export const mayWrite = meta("may-write") === "yes";

export class Problem extends Error {
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The `data` of an answer; parameters that are null are left out. */
export function get(path, parameters = {}) {
  return ask("GET", address(path, parameters));
}

/** The `data` of an answer, or null when there is nothing (404). */
export async function getOrNull(path, parameters = {}) {
  try {
    return await get(path, parameters);
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return null;
    throw problem;
  }
}

export function post(path, body) {
  return ask("POST", address(path, {}), body);
}

export function remove(path, parameters) {
  return ask("DELETE", address(path, parameters));
}

/** The address of an endpoint, for a link to a file. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given).toString();
  return PREFIX + path + (query ? `?${query}` : "");
}

async function ask(method, url, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = meta("csrf-token");
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  let told;
  try {
    answer = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    told = await answer.json();
  } catch {
    throw new Problem("UNREACHABLE", "The numbers cannot be reached just now: the API does not answer.", 0);
  }
  const isSignedOut = answer.status === 401;
  if (isSignedOut || told.error?.code === "STALE_PAGE") {
    const isKept = keepNow();
    if (isSignedOut) location.assign(`${meta("sign-in")}?next=${encodeURIComponent(location.pathname + location.search)}`);
    else if (isKept) location.reload();
    if (isSignedOut || isKept) return new Promise(() => {}); // the page is being left
  }
  if (!told.success) throw new Problem(told.error.code, told.error.message, answer.status);
  return told.data;
}
