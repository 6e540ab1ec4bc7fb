import assert from "node:assert/strict";
import { test } from "node:test";
import { Future } from "ungil";

test("the package imports by its own name", () => {
  assert.equal(typeof Future, "function");
});
