// A process of its own: the arena does not shrink.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const program = `
import * as np from "ungil/numeric";
let low;
try {
  // addresses only: hardly any of it is touched
  low = np.empty([2_200_000_000], { dtype: "int8" });
} catch {
  console.log("no memory");
  process.exit();
}
np.setNumThreads(2);
const a = np.arange(300_000);
const formula = np.compile((x) => x * 2 + 1);
console.log((await np.sum(await formula(a))) === 90_000_000_000 && (await np.sum(await np.add(a, a))) === 89_999_700_000);
`;

test("kernels made at run time work where addresses do not fit 31 bits", (t) => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (stdout.trim() === "no memory") return t.skip("there is no room for an array of 2.2 GB");
  assert.equal(stdout.trim(), "true", stderr);
});
