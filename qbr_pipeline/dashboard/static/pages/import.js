// Import: a file is looked at, cell by cell, then taken as a whole; and what was taken can be undone.

import { get, mayWrite, post, Problem } from "../api.js";
import { ask } from "../dialog.js";
import { byId, h, show } from "../dom.js";
import { lastAuthor, rememberAuthor } from "../drafts.js";
import { button, momentWithZone } from "../elements.js";
import { count, period, sentence } from "../format.js";
import { announce, start } from "../page.js";
import { base64, labelsOf } from "./import_state.js";
import { found } from "./import_tables.js";

/** @type {Map<string, AnyNumber>} */
let definitions = new Map();
/** @type {{file_name: string, content: string} | null} */
let file = null;
/** @type {Map<string, string>} */
const meanings = new Map(); // what was said of labels, by their place in the file
/** @type {import("./import_state.js").Preview | null} */
let seen = null;

start(async () => {
  const [known, { imports }] = await Promise.all([get("/metrics/definitions"), get("/imports")]);
  definitions = new Map([...known.metrics, ...known.smartnumbers].map((each) => [each.name, each]));
  listImports(imports);
  if (mayWrite) listen();
});

function listen() {
  byId("entered_by").value = lastAuthor();
  byId("file").onchange = () => {
    file = null;
    meanings.clear();
    hidePreview();
  };
  byId("upload").onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void guarded(look);
  };
  byId("confirm").onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void guarded(take);
  };
}

/** Do it, and say why it cannot be done. @param {() => Promise<void>} action */
async function guarded(action) {
  reject(null);
  try {
    await action();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    reject(problem.message);
  }
}

async function look() {
  const [chosen] = byId("file").files;
  if (!chosen) return reject("choose a file first");
  hidePreview();
  file ??= { file_name: chosen.name, content: base64(new Uint8Array(await chosen.arrayBuffer())) };
  const preview = await post("/imports/preview", request());
  seen = preview;
  show(byId("found"), found(preview, definitions, mean));
  byId("preview").classList.remove("d-none");
  const isWhole = !preview.refused.length && !preview.unknown.length;
  byId("take").disabled = !isWhole || !preview.is_new;
  announce(`${count(preview.cells.length, "cell")} read, ${preview.refused.length} refused`);
}

function request() {
  const year = byId("year").value.trim();
  return { ...file, ...(year && { year: Number(year) }), ...(byId("basis").value && { basis: byId("basis").value }), renamed: byId("renamed").checked, labels: labelsOf(meanings) };
}

/** Somebody says what a label means: the file is looked at again. @param {{section: string, label: string}} label @param {string} metric */
function mean({ section, label }, metric) {
  if (!metric) return;
  meanings.set(JSON.stringify([section, label]), metric);
  void guarded(look);
}

async function take() {
  const by = byId("entered_by").value.trim();
  if (!by) return reject("enter your name: the history records it");
  const done = await post("/imports", { ...request(), entered_by: by, reason: byId("reason").value || null, seen: seen?.seen });
  rememberAuthor(by);
  hidePreview();
  say(done.id === null ? "Nothing changed: all that the file says is there already." : `Import ${done.id}: ${count(done.changed, "value")} changed, ${done.equal} stay.`);
  listImports((await get("/imports")).imports);
}

function hidePreview() {
  seen = null;
  byId("preview").classList.add("d-none");
  byId("done").classList.add("d-none");
}

/** @param {string} text @param {string[]} others */
function say(text, others = []) {
  const done = byId("done");
  show(done, h("div", { class: "alert alert-success py-2" }, [text, others.map((each) => h("div", {}, each))]));
  done.classList.remove("d-none");
  done.focus();
}

/** @param {string | null} text */
function reject(text) {
  const place = byId("refused");
  place.classList.toggle("d-none", !text);
  show(place, text ? sentence(text) : null);
}

/** @param {Answer<"/imports">["imports"]} imports */
function listImports(imports) {
  if (!imports.length) return show(byId("imports"), h("p", {}, "No file has been imported yet."));
  const rows = imports.map((each) =>
    h("tr", {}, [
      h("td", {}, String(each.id)),
      h("td", {}, each.file_name),
      h("td", {}, each.kind),
      h("td", {}, each.months.length ? `${period(each.months[0])} to ${period(each.months[each.months.length - 1])}` : ""),
      h("td", {}, [momentWithZone(each.imported_at), ` by ${each.imported_by}`, each.reason ? `: ${each.reason}` : ""]),
      h("td", {}, each.undone_at ? `undone by ${each.undone_by}` : mayWrite ? button("Undo", () => undo(each)) : ""),
    ]),
  );
  const headings = ["Number", "File", "Kind", "Months", "Imported", ""].map((each) => h("th", { scope: "col" }, each));
  return show(
    byId("imports"),
    h(
      "div",
      { class: "import-table", tabindex: "0", role: "region", "aria-label": "Imports" },
      h("table", { class: "table table-sm" }, h("thead", {}, h("tr", {}, headings)), h("tbody", {}, rows)),
    ),
  );
}

/** @param {Answer<"/imports">["imports"][number]} one */
async function undo(one) {
  const by = byId("entered_by").value.trim() || lastAuthor();
  if (!by) return reject("enter your name first: look at a file, or set it on Enter data");
  if (
    !(await ask(
      `Undo import ${one.id}?`,
      "Undo",
      "Keep it",
      h("p", {}, "Everything that it changed becomes as it was before. What somebody has changed since stays, and is named."),
    ))
  ) {
    return;
  }
  await guarded(async () => {
    const undone = await post("/imports/undo", { id: one.id, entered_by: by });
    say(`Import ${one.id} is undone: ${undone.restored} as before.`, undone.kept);
    listImports((await get("/imports")).imports);
  });
}
