// Asking the API. Every failure is a Problem whose message is a sentence for a person.

import { storeDrafts } from "./drafts.js";

const meta = (/** @type {string} */ name) => document.querySelector(`meta[name="qbr-${name}"]`)?.getAttribute("content") ?? "";
const PREFIX = meta("api");
const TIMEOUT = 30_000; // milliseconds

export const mayWrite = meta("may-write") === "yes";

/** What the API, or the way to it, answered instead of data; `field` is the name of the field at fault, or null. */
export class Problem extends Error {
  /** @param {string} code @param {string} message @param {number} status @param {string | null} field */
  constructor(code, message, status, field = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.field = field;
  }
}

/** The `data` of an answer; parameters that are null are left out.
 * @template {ReadPath} Path @param {Path} path @param {Record<string, unknown>} parameters @returns {Promise<Answer<Path>>} */
export function get(path, parameters = {}) {
  return request("GET", address(path, parameters));
}

/** The `data` of an answer, or null when there is nothing (404).
 * @template {ReadPath} Path @param {Path} path @param {Record<string, unknown>} parameters @returns {Promise<Answer<Path> | null>} */
export async function getOrNull(path, parameters = {}) {
  try {
    return await get(path, parameters);
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return null;
    throw problem;
  }
}

/** @template {WritePath} Path @param {Path} path @param {unknown} body @returns {Promise<Stored<Path>>} */
export function post(path, body) {
  return request("POST", address(path, {}), body);
}

/** What deleting answered. @param {string} path @param {Record<string, any>} parameters */
export function remove(path, parameters) {
  return request("DELETE", address(path, parameters));
}

/** The address of an endpoint, for a link to a file. @param {string} path @param {Record<string, any>} parameters */
export function address(path, parameters = {}) {
  const present = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(present).toString();
  return PREFIX + path + (query ? `?${query}` : "");
}

/** @param {string} method @param {string} url @param {unknown} [body] @returns {Promise<any>} */
async function request(method, url, body) {
  const { status, envelope } = await exchange(method, url, body);
  if (status === 401 || envelope.error?.code === "STALE_PAGE") {
    if (leavePage(status === 401)) return new Promise(() => {}); // the page is being left
  }
  if (envelope.success) return envelope.data;
  const { code, message, field } = envelope.error;
  throw new Problem(code, message, status, field);
}

/** Sign in again, or load the page again where it keeps what was typed; whether the page is being left. @param {boolean} isSignedOut */
function leavePage(isSignedOut) {
  const isKept = storeDrafts();
  if (isSignedOut) location.assign(`${meta("sign-in")}?next=${encodeURIComponent(location.pathname + location.search)}`);
  else if (isKept) location.reload();
  return isSignedOut || isKept;
}

/** @param {string} method @param {string} url @param {unknown} body */
async function exchange(method, url, body) {
  const headers = {
    Accept: "application/json",
    ...(method !== "GET" && { "X-CSRF-Token": meta("csrf-token") }),
    ...(body !== undefined && { "Content-Type": "application/json" }),
  };
  try {
    const response = await fetch(url, { method, headers, body: JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT) });
    return { status: response.status, envelope: await response.json() };
  } catch {
    throw new Problem("UNREACHABLE", "The numbers cannot be reached at the moment: the API does not answer.", 0);
  }
}
