// What accounts count as, while it is being changed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ALWAYS, ASIDE, bySubject, changes, drafted, holding, keyOf, matching, moved, saidBy, UNSAID } from "../../../qbr_pipeline/dashboard/static/pages/books_state.js";

const mapping = (account, counts_as, since = null) => ({ account, section: null, counts_as, since, with_sub_accounts: true, negated: false, mapped_by: "Kim" });
const HOSTING = { account: "4200", name: "Hosting" };
const said = (choice) => ({ choice, isAlone: false, isNegated: false });

test("of several mappings of an account the one that began last holds", () => {
  const stored = bySubject([mapping("4200", "orr", "2025-03"), mapping("4200", "nrr")]).get(keyOf(HOSTING));
  assert.equal(holding(stored, "2025-02").counts_as, "nrr");
  assert.equal(holding(stored, "2025-03").counts_as, "orr");
  assert.equal(holding(undefined, "2025-03"), null);
  assert.equal(saidBy(mapping("1", null)).choice, ASIDE);
});

test("a change is a draft until it says what is said already", () => {
  const stored = mapping("4200", "orr");
  const drafts = drafted(new Map(), HOSTING, said("mrr"), stored);
  assert.equal(drafts.size, 1);
  assert.equal(drafted(drafts, HOSTING, said("orr"), stored).size, 0);
  assert.equal(drafted(new Map(), HOSTING, { choice: "orr", isAlone: true, isNegated: false }, stored).size, 1);
});

test("what is said from a month on takes what was said of later months with it", () => {
  const stored = bySubject([mapping("4200", "nrr"), mapping("4200", "orr", "2025-05")]);
  const drafts = drafted(new Map(), HOSTING, said("mrr"), stored.get(keyOf(HOSTING))[1]);
  assert.deepEqual(changes(drafts, stored, "2025-03"), {
    mappings: [{ account: "4200", name: "Hosting", since: "2025-03", counts_as: "mrr", with_sub_accounts: true, negated: false }],
    removed: [{ account: "4200", since: "2025-05" }],
  });
});

test("what nobody is to say any more is taken back, and a rest is named by its section", () => {
  const stored = bySubject([mapping("4200", "nrr"), { ...mapping(null, "product_sales"), section: "income" }]);
  let drafts = drafted(new Map(), HOSTING, said(UNSAID), stored.get(keyOf(HOSTING))[0]);
  drafts = drafted(drafts, { section: "income", name: "" }, said(ASIDE), null);
  assert.deepEqual(changes(drafts, stored, ALWAYS), {
    mappings: [{ section: "income", name: "", counts_as: null, with_sub_accounts: true, negated: false }],
    removed: [{ account: "4200" }],
  });
});

test("accounts are found by every word, and those alone that nobody has mapped", () => {
  const accounts = [
    { account: "1", name: "Managed services", kind: "mapped" },
    { account: "2", name: "Services", kind: "unmapped" },
  ];
  assert.deepEqual(
    matching(accounts, "serv man", false).map((each) => each.account),
    ["1"],
  );
  assert.deepEqual(
    matching(accounts, "", true).map((each) => each.account),
    ["2"],
  );
});

test("a preview shows the metrics that move, with every month", () => {
  const value = (name, now, then) => ({ name, label: name.toUpperCase(), now, then, manual: false });
  const months = [
    { period: "2025-04", values: [value("mrr", 1, 2), value("nrr", 5, 5)] },
    { period: "2025-03", values: [value("nrr", 5, 5)] },
  ];
  const [row, ...others] = moved(months);
  assert.deepEqual([row.name, row.values.map((each) => each?.then ?? null), others], ["mrr", [2, null], []]);
});
