import assert from "node:assert/strict";
import { test } from "node:test";
import { full, sum, sumSync } from "ungil/numeric";

test("a sum is what it is", async () => {
  const a = full(100_000, 0.5);
  assert.equal(sumSync(a), 50_000);
  assert.equal(await sum(a), 50_000);
});
