// Whether the collections are in: judged once, told in the navigation and on the page Data health.

const GRACE = 26 * 3600 * 1000; // a night and two hours, in milliseconds

/**
 * How the `vendors` of /collection/status stand: `state` good, warning or bad; the vendors that are `late`,
 * those with `failed` months, and the `oldest` last success (null when there is one that never succeeded).
 */
export function judge(vendors, now = Date.now()) {
  const successes = vendors.map((vendor) => vendor.last_success_at);
  const late = vendors.filter((vendor) => vendor.last_success_at === null || now - new Date(vendor.last_success_at) > GRACE);
  const failed = vendors.filter((vendor) => vendor.failed_periods.length);
  return {
    state: failed.length ? "bad" : late.length || !vendors.length ? "warning" : "good",
    late,
    failed,
    oldest: successes.includes(null) || !successes.length ? null : successes.toSorted((a, b) => new Date(a) - new Date(b))[0],
  };
}

/** How many months failed, over all vendors. */
export function failedMonths(standing) {
  return standing.failed.reduce((sum, vendor) => sum + vendor.failed_periods.length, 0);
}
