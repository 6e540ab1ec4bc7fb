import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { FileNotFoundError, InvalidArgumentError } from "ungil";
import {
  arange,
  encodeNpy,
  encodeNpz,
  from,
  full,
  load,
  loadNpz,
  loadNpzSync,
  loadSync,
  type NDArray,
  type Source,
  save,
  saveSync,
  savez,
  savezCompressed,
  savezCompressedSync,
  savezSync,
  zeros,
} from "ungil/numeric";
import { bits, dtypes, reference, referenceArray } from "./reference.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-npy-"));
after(() => rmSync(folder, { recursive: true }));

const { arrays, archives, refused } = reference.files;

const same = (a: NDArray, b: NDArray): void => {
  assert.deepEqual([a.dtype, a.shape, bits(a)], [b.dtype, b.shape, bits(b)]);
};

test("what NumPy wrote is read to the bit: versions, byte orders, Fortran's order, converted types", async () => {
  for (const [k, each] of arrays.entries()) {
    const bytes = Buffer.from(each.npy, "base64");
    const expected = referenceArray(each);
    const file = path.join(folder, `${k}.npy`);
    writeFileSync(file, bytes);
    for (const read of [
      loadSync(bytes),
      await load(bytes),
      loadSync(file),
      await load(pathToFileURL(file)),
    ]) {
      same(read, expected);
      assert.ok(read.isContiguous && read.base === undefined);
    }
  }
});

test("what is written is what NumPy writes, byte for byte", () => {
  let compared = 0;
  for (const each of arrays) {
    const bytes = Buffer.from(each.npy, "base64");
    const header = bytes.toString("latin1", 0, 80);
    const theirs = /'descr': '[<|](?:f8|f4|i4|u4|i2|u2|i1|u1|b1)'/.test(header) && bytes[6] === 1;
    if (!theirs) continue;
    const array = referenceArray(each);
    const lies = header.includes("True") ? array.T.copy().T : array;
    assert.deepEqual(Buffer.from(encodeNpy(lies)), bytes);
    compared++;
  }
  assert.ok(compared > 35);
});

test("every type and view comes back as it was, by files and by bytes", async () => {
  const file = path.join(folder, "view.npy");
  for (const dtype of dtypes) {
    const a = from(
      new Uint8Array(24).map((_, k) => (k * 7) % 2),
      { dtype },
    ).reshape([2, 3, 4]);
    for (const view of [
      a,
      a.T,
      a.slice("...", "::-2"),
      a.swapaxes(0, 1),
      a.slice(1),
      a.at(1, 2, 3),
      a.slice([2, 2]),
    ]) {
      await save(file, view);
      same(await load(file), view.copy());
      saveSync(pathToFileURL(file), view);
      same(loadSync(file, { dtype }), view.copy());
      same(loadSync(encodeNpy(view).slice().buffer), view.copy());
    }
  }
});

test("archives of NumPy are read, names in any writing, deflated ones too", async () => {
  for (const archive of archives) {
    const bytes = Buffer.from(archive, "base64");
    for (const read of [loadNpzSync(bytes), await loadNpz(bytes)]) {
      assert.deepEqual(Object.keys(read).toSorted(), ["arr_0", "größe", "mask"]);
      assert.deepEqual(read["arr_0"]!.toArray(), [0, 1, 2]);
      assert.deepEqual(read["mask"]!.toArray(), [true, false]);
      assert.deepEqual(
        [read["größe"]!.dtype, read["größe"]!.toArray()],
        [
          "uint8",
          [
            [0, 1],
            [2, 3],
          ],
        ],
      );
    }
  }
});

test("archives come back as they were", async () => {
  const file = path.join(folder, "all.npz");
  const named = {
    a: arange(5),
    "b/ü": full([2, 2], 3, { dtype: "int8" }).T,
    c: arange(6).reshape([2, 3]).slice(null, "::2"),
  };
  const writers: readonly (() => unknown)[] = [
    () => savez(file, named),
    () => savezSync(file, named),
    () => savezCompressed(pathToFileURL(file), named),
    () => savezCompressedSync(file, named),
    () => writeFileSync(file, encodeNpz(named)),
    () => writeFileSync(file, encodeNpz(named, { compressed: true })),
  ];
  for (const write of writers) {
    await write();
    for (const read of [await loadNpz(file), loadNpzSync(file), loadNpzSync(readFileSync(file))]) {
      assert.deepEqual(Object.keys(read), Object.keys(named));
      for (const [name, array] of Object.entries(named)) same(read[name]!, array.copy());
    }
  }
  assert.deepEqual(Object.keys(loadNpzSync(encodeNpz([zeros(1), zeros(2)]))), ["arr_0", "arr_1"]);
  assert.deepEqual(loadNpzSync(encodeNpz({})), {});
  assert.ok(encodeNpz({ z: zeros(10_000) }, { compressed: true }).length < 1000);
  assert.deepEqual(encodeNpz(named), encodeNpz(named));
});

test("types that arrays don't have are refused by their name, and integers that are too large", () => {
  assert.equal(refused.length, 8);
  for (const { type, npy } of refused) {
    assert.throws(
      () => loadSync(Buffer.from(npy, "base64")),
      (error: Error) => {
        assert.ok(error instanceof InvalidArgumentError, `${type}: ${error.stack}`);
        assert.match(error.message, /source must be an \.npy file of numbers/);
        return true;
      },
    );
  }
});

test("what is no such file, is damaged or missing is refused, with its name", async () => {
  const good = Buffer.from(encodeNpy(arange(3)));
  const edited = (edit: (text: string) => string): Buffer =>
    Buffer.from(edit(good.toString("latin1")), "latin1");
  const cases: readonly (readonly [Source, RegExp])[] = [
    [new Uint8Array(), /source must be an \.npy file, which begins with/],
    [Buffer.from("PK\x03\x04 and so on"), /loadNpz\(\) reads \.npz archives, got "a ZIP archive"/],
    [edited((text) => text.replace("NUMPY\x01", "NUMPY\x04")), /version 1, 2 or 3, got "version 4\.0"/],
    [good.subarray(0, 40), /with a header of 128/],
    [good.subarray(0, -1), /with all 24 bytes of its elements, as its shape is \(3,\), got "23 of them"/],
    [
      edited((text) => text.replace("(3,)", "(9999999999999999,)")),
      /source: shape\[0\] must be a whole number/,
    ],
    [edited((text) => text.replace("(3,)", "(94967296,)")), /with all 759738368 bytes/],
    [edited((text) => text.replace("(3,)", "(-3,)")), /names descr, fortran_order and shape/],
    [edited((text) => text.replace("'shape'", "'scape'")), /names descr/],
    [edited((text) => text.replace("<f8", "<f7")), /file of numbers or booleans.*got "<f7"/],
    [edited((text) => text.replace("False", "Never")), /names descr/],
    [5 as unknown as string, /source must be a path/],
  ];
  for (const [source, message] of cases) {
    const check = (error: Error): boolean => {
      assert.ok(error instanceof InvalidArgumentError, error.stack ?? "");
      assert.match(error.message, message);
      return true;
    };
    assert.throws(() => loadSync(source), check);
    await assert.rejects(load(source), check);
    if (!(source instanceof Uint8Array)) continue;
    const file = path.join(folder, "damaged.npy");
    writeFileSync(file, source);
    assert.throws(() => loadSync(file), /damaged\.npy.* must be/);
    await assert.rejects(load(file), /damaged\.npy.* must be/);
  }
  assert.throws(() => loadNpzSync(encodeNpy(zeros(1))), /which is a ZIP archive/);
  await assert.rejects(load(good, { dtype: "float32" }), /an \.npy file of float32, got "float64"/);
  const missing = path.join(folder, "missing.npy");
  for (const read of [load, loadNpz]) await assert.rejects(read(missing), FileNotFoundError);
  for (const read of [loadSync, loadNpzSync]) assert.throws(() => read(missing), FileNotFoundError);
  await assert.rejects(save(path.join(missing, "deep.npy"), zeros(1)), FileNotFoundError);
  assert.throws(() => saveSync(path.join(missing, "deep.npy"), zeros(1)), FileNotFoundError);
  await assert.rejects(save("", zeros(1)), /file must be a path/);
  await assert.rejects(save(missing, [1] as unknown as NDArray), /array must be an NDArray/);
  assert.throws(() => encodeNpz(zeros(2) as unknown as NDArray[]), /arrays must be an object of NDArrays/);
  assert.throws(() => encodeNpz({ a: 1 as unknown as NDArray }), /arrays\.a must be an NDArray/);
});

test("an archive with any byte changed gives the arrays, or an error that says what is wrong", () => {
  const arrays = { a: arange(4), b: full(50, 7, { dtype: "uint8" }) };
  const archive = Buffer.from(encodeNpz(arrays, { compressed: true }));
  fc.assert(
    fc.property(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(archive);
      changed[at]! ^= change;
      try {
        // a change of a time or a name does no harm to the elements
        for (const array of Object.values(loadNpzSync(changed))) {
          assert.ok([arrays.a, arrays.b].some((one) => one.equals(array)));
        }
      } catch (error) {
        assert.ok(error instanceof InvalidArgumentError, String((error as Error).stack));
      }
    }),
    { numRuns: 500 },
  );
  assert.throws(() => loadNpzSync(archive.subarray(0, -30)), /which is a ZIP archive/);
  assert.throws(() => loadNpzSync(Buffer.alloc(100)), InvalidArgumentError);
});

test("an archive that would fill the memory is not inflated beyond what its directory says", async () => {
  const archive = Buffer.from(encodeNpz({ a: zeros(1_000_000) }, { compressed: true }));
  const size = archive.lastIndexOf("PK\x01\x02") + 24;
  archive.writeUInt32LE(100, size);
  const said = /damaged \(Cannot create a Buffer larger than 100 bytes\), got "a\.npy"/;
  assert.throws(() => loadNpzSync(archive), said);
  await assert.rejects(loadNpz(archive), said);
});
