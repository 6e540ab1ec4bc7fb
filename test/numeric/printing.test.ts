import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { arange, full, zeros } from "ungil/numeric";
import { reference, referenceArray } from "./reference.js";

test("arrays are printed as NumPy prints them, to the letter", () => {
  assert.ok(reference.printed.length > 300);
  for (const [k, each] of reference.printed.entries()) {
    const array = referenceArray(each);
    const what = `case ${k}: ${each.dtype} of (${each.shape.join(", ")})`;
    assert.equal(array.toString(), each.str, what);
    assert.equal(inspect(array), each.repr, what);
  }
});

test("a view is printed as the array that it shows", () => {
  const a = arange(6).reshape([2, 3]);
  assert.equal(a.T.toString(), "[[0. 3.]\n [1. 4.]\n [2. 5.]]");
  assert.equal(a.slice(1, "::-1").toString(), "[5. 4. 3.]");
  assert.equal(inspect(a.at(0, 1)), "array(1.)");
});

test("an array within an object is printed with the indentation of the object", () => {
  const text = inspect({ deep: { matrix: arange(4).reshape([2, 2]) } }, { compact: false });
  assert.match(text, /array\(\[\[0\., 1\.\],\n {11,}\[2\., 3\.\]\]\)/);
});

test("an array that repeats an element a billion times is printed at once", () => {
  const a = full([], 7).broadcastTo([1000, 1000, 1000]);
  assert.match(a.toString(), /^\[\[\[7\. 7\. 7\. \.\.\. 7\. 7\. 7\.\]/);
});

test("a disposed array says so when it is printed", () => {
  const a = zeros(3);
  a.dispose();
  assert.equal(inspect(a), "array(shape=(3,), dtype=float64, disposed)");
  assert.equal(String(a), "[a disposed array]");
});
