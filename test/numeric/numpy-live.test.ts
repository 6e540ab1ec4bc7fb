import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { inspect } from "node:util";
import { arange, empty, from, loadNpz, type NDArray, savez, savezCompressed } from "ungil/numeric";
import { bits, bytesOf, dtypes } from "./reference.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-numpy-"));
after(() => rmSync(folder, { recursive: true }));

function python(script: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("python3", ["-c", script, ...args], { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}

const version = python("import numpy; print(numpy.__version__)")?.trim();
const skip = version === undefined && "there is no python3 with NumPy here";

/** Bits of every kind: of floats, NaN, subnormals and infinities among them. */
function scrambled(dtype: NDArray["dtype"], shape: readonly number[], seed: number): NDArray {
  const a = empty(shape, { dtype });
  const bytes = bytesOf(a);
  let state = seed * 2654435761 + 1;
  for (let k = 0; k < bytes.length; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[k] = dtype === "bool" ? state >>> 31 : state >>> 24;
  }
  return a;
}

/** Numbers of ordinary sizes, with a few digits or many. */
function ordinary(dtype: NDArray["dtype"], shape: readonly number[], seed: number): NDArray {
  const size = shape.reduce((a, b) => a * b, 1);
  const digits = [1, 100, 1e4, 1e9][seed % 4]!;
  const values = Array.from({ length: size }, (_, k) => {
    const wave = Math.sin((k + 1) * (seed + 1) * 12.9898) * 60;
    return dtype.startsWith("u") ? Math.abs(wave) : Math.round(wave * digits) / digits;
  });
  return from(values, { dtype }).reshape(shape);
}

function samples(): Record<string, NDArray> {
  const arrays: Record<string, NDArray> = {};
  const shapes = [[], [1], [7], [3, 5], [2, 3, 4], [0, 2], [1200], [50, 30]];
  for (const [t, dtype] of dtypes.entries()) {
    for (const [s, shape] of shapes.entries()) {
      arrays[`scrambled ${dtype} ${s}`] = scrambled(dtype, shape, t * 10 + s);
      arrays[`ordinary ${dtype} ${s}`] = ordinary(dtype, shape, t * 10 + s);
    }
    arrays[`view ${dtype}`] = scrambled(dtype, [6, 8], t).slice([null, null, -1], [1, null, 3]).T;
    arrays[`fortran ${dtype}`] = ordinary(dtype, [3, 4], t).T;
  }
  return arrays;
}

const echo = `
import json, sys
import numpy as np
read = np.load(sys.argv[1])
np.savez_compressed(sys.argv[2], **{k: np.asfortranarray(a) if k.startswith("view") else a for k, a in read.items()})
print(json.dumps({k: [a.dtype.name, list(a.shape), a.tobytes().hex(), str(a), repr(a)] for k, a in read.items()}))
`;

type Said = Record<
  string,
  readonly [dtype: string, shape: readonly number[], bytes: string, str: string, repr: string]
>;

test("NumPy reads what is written here, prints it the same, and what it writes is read here", {
  skip,
}, async () => {
  const arrays = samples();
  const [there, back] = [path.join(folder, "there.npz"), path.join(folder, "back.npz")];
  for (const write of [savez, savezCompressed]) {
    await write(there, arrays);
    const said = JSON.parse(python(echo, there, back) ?? "{}") as Said;
    assert.deepEqual(Object.keys(said), Object.keys(arrays));
    const read = await loadNpz(back);
    // earlier versions have other rules for exponents and summaries
    const [major = 0, minor = 0] = version!.split(".").map(Number);
    const printsAlike = major > 2 || (major === 2 && minor >= 3);
    for (const [name, array] of Object.entries(arrays)) {
      const [dtype, shape, bytes, str, repr] = said[name]!;
      assert.deepEqual([dtype, shape, bytes], [array.dtype, array.shape, bits(array)], name);
      assert.deepEqual(
        [read[name]!.dtype, read[name]!.shape, bits(read[name]!)],
        [dtype, shape, bytes],
        name,
      );
      if (!printsAlike) continue;
      assert.equal(array.toString(), str, name);
      assert.equal(inspect(array), repr, name);
    }
  }
});

const sliced = `
import json, sys
import numpy as np
a = np.arange(240.0).reshape(4, 5, 3, 4)
print(json.dumps([eval("a[" + t + "]", {"a": a}).tolist() for t in json.loads(sys.argv[1])]))
`;

test("ranges mean what they mean in NumPy", { skip }, () => {
  const a = arange(240).reshape([4, 5, 3, 4]);
  const bounds = ["", "0", "1", "3", "7", "-1", "-3", "-9"];
  const steps = ["", "1", "2", "-1", "-2", "5"];
  const texts: string[][] = [];
  for (const [k, start] of bounds.entries()) {
    for (const [n, stop] of bounds.entries()) {
      const step = steps[(k * 3 + n) % steps.length]!;
      texts.push(
        [`${start}:${stop}:${step}`, "...", `${stop}:${start}`],
        ["...", "-1", `:${stop}:${step || 1}`],
        ["2", `${start}:${stop}`],
      );
    }
  }
  const said = JSON.parse(
    python(sliced, JSON.stringify(texts.map((each) => each.join(",")))) ?? "[]",
  ) as unknown[];
  assert.equal(said.length, texts.length);
  for (const [k, ranges] of texts.entries()) {
    const made = a.slice(...ranges.map((each) => (/^-?\d+$/.test(each) ? Number(each) : each)));
    assert.deepEqual(made.toArray(), said[k], ranges.join(", "));
  }
});
