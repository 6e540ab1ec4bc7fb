/** What NumPy makes of expressions: as it was written down once, and live where there is a Python with NumPy. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type DType, NDArray } from "ungil/numeric";

/** An array as JSON: its bytes in base64. */
export interface Packed {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

/** An expression of the arrays, and its value. */
export interface Case {
  readonly expression: string;
  readonly inputs: Readonly<Record<string, Packed>>;
  readonly output: Packed;
}

/** Expressions of the same arrays. */
interface Group {
  readonly inputs: Case["inputs"];
  readonly outputs: Readonly<Record<string, Packed>>;
}

const folder = new URL("../../../../test/numeric/reference/", import.meta.url);

/** The cases of a family that were written down. */
export const recorded = (family: string): Case[] =>
  (JSON.parse(readFileSync(new URL(`${family}.json`, folder), "utf8")) as Group[]).flatMap(
    ({ inputs, outputs }) =>
      Object.entries(outputs).map(([expression, output]) => ({ expression, inputs, output })),
  );

let python: string | false | undefined;

/** A Python with NumPy, if there is one. */
export function pythonWithNumPy(): string | undefined {
  python ??=
    ["/usr/bin/python3", "python3"].find(
      (command) => spawnSync(command, ["-c", "import numpy"], { stdio: "ignore" }).status === 0,
    ) ?? false;
  return python || undefined;
}

/** Why a test with a live NumPy is left out, if it is. */
export const withoutNumPy = (): string | false =>
  pythonWithNumPy() ? false : "there is no python3 with NumPy on this machine";

/** What NumPy makes of these expressions. */
export function live(requests: readonly Omit<Case, "output">[]): Case[] {
  const { stdout, stderr, status } = spawnSync(
    pythonWithNumPy()!,
    [new URL("evaluate.py", folder).pathname],
    { input: JSON.stringify(requests), maxBuffer: 1 << 28, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`NumPy failed: ${stderr}`);
  const outputs = JSON.parse(stdout) as Packed[];
  return requests.map((request, k) => ({ ...request, output: outputs[k]! }));
}

export function unpack({ dtype, shape, data }: Packed): NDArray {
  const a = NDArray.allocate(dtype as DType, shape);
  const bytes = Buffer.from(data, "base64");
  const { typed } = a;
  new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength).set(bytes);
  return a;
}

export const pack = (a: NDArray): Packed => ({
  dtype: a.dtype,
  shape: a.shape,
  data: Buffer.from(a.typed.buffer, a.typed.byteOffset, a.typed.byteLength).toString("base64"),
});

/** The elements of what NumPy gave, as numbers; whole numbers of 64 bits are exact up to 2^53. */
export function valuesOf({ dtype, data }: Packed): number[] {
  const bytes = Buffer.from(data, "base64");
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  switch (dtype) {
    case "float64":
      return [...new Float64Array(buffer)];
    case "float32":
      return [...new Float32Array(buffer)];
    case "int64":
      return [...new BigInt64Array(buffer)].map(Number);
    case "uint64":
      return [...new BigUint64Array(buffer)].map(Number);
    case "int32":
      return [...new Int32Array(buffer)];
    case "uint32":
      return [...new Uint32Array(buffer)];
    case "int16":
      return [...new Int16Array(buffer)];
    case "uint16":
      return [...new Uint16Array(buffer)];
    case "int8":
      return [...new Int8Array(buffer)];
    default:
      return [...new Uint8Array(buffer)];
  }
}
