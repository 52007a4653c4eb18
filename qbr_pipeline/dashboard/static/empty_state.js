// What every page says while nothing is kept at all.

import { h } from "./dom.js";

/** A card that says so, and what to do about it. */
export function emptyState() {
  return h("div", { class: "card card-body" }, [
    h("p", { class: "mb-1" }, "Nothing has been collected or entered yet."),
    h("p", { class: "mb-0" }, h("a", { href: "/enter" }, "Enter a month"), ", or look at ", h("a", { href: "/health" }, "what the collection does"), "."),
  ]);
}
