import { InvalidArgumentError } from "../../errors.js";
import { checkBoolean, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { checkPath, type FilePath, write, writeSync } from "./files.js";
import { encodeBytes, encodeParts } from "./npy.js";
import { type ZipInput, zipArchive, zlib } from "./zip.js";

/** The arrays of an archive: by their names, or as a list, whose arrays are called `arr_0`, `arr_1` and so on. */
export type NamedArrays = Readonly<Record<string, NDArray>> | readonly NDArray[];

/**
 * Writes an array as an `.npy` file, which NumPy and many others read; the event loop is free meanwhile. The elements
 * are written from the array's memory without a copy, if they lie one after the other in either order of their axes; so
 * don't change them until it is done. Unlike NumPy's, the name of the file stays as it is given.
 *
 * @param file - path or URL.
 * @throws InvalidArgumentError for what is no path or no array. Errors of the system as they are.
 *
 * @example
 * ```ts
 * await save("squares.npy", arange(100));
 * ```
 */
export async function save(file: FilePath, array: NDArray): Promise<void> {
  checkArray("array", array);
  const { header, elements, release } = encodeParts(array);
  try {
    await write(checkPath("file", file), [header, elements]);
  } finally {
    release();
  }
}

/** As {@link save}, at once: the thread waits. */
export function saveSync(file: FilePath, array: NDArray): void {
  checkArray("array", array);
  const { header, elements, release } = encodeParts(array);
  try {
    writeSync(checkPath("file", file), [header, elements]);
  } finally {
    release();
  }
}

/** The bytes of an `.npy` file of an array. {@link load} takes such bytes as well as files. */
export function encodeNpy(array: NDArray): Uint8Array {
  return encodeBytes(checkArray("array", array));
}

/** Options of {@link encodeNpz}. */
export interface NpzOptions {
  /** Whether arrays are deflated; by default they are not. */
  readonly compressed?: boolean | undefined;
}

/** The bytes of an `.npz` archive of arrays, as of {@link savez}. */
export function encodeNpz(arrays: NamedArrays, options: NpzOptions = {}): Uint8Array {
  checkOptionNames("options", options, ["compressed"]);
  const compressed = options.compressed !== undefined && checkBoolean("compressed", options.compressed);
  return archived(arrays, compressed ? deflateSync : undefined, (inputs) =>
    Buffer.concat(zipArchive(inputs)),
  );
}

/**
 * Writes arrays into an `.npz` archive, without compression. The archive has at most 4 GiB.
 *
 * @param file - path or URL.
 * @param arrays - by their names, or a list.
 * @throws InvalidArgumentError for what is no path, no arrays, or too large. Errors of the system as they are.
 *
 * @example
 * ```ts
 * await savez("model.npz", { weights: zeros([3, 3]), bias: ones(3) });
 * ```
 */
export async function savez(file: FilePath, arrays: NamedArrays): Promise<void> {
  const path = checkPath("file", file);
  const { inputs, release } = inputsOf(arrays);
  try {
    await write(path, zipArchive(inputs));
  } finally {
    release();
  }
}

/** As {@link savez}, at once: the thread waits. */
export function savezSync(file: FilePath, arrays: NamedArrays): void {
  const path = checkPath("file", file);
  archived(arrays, undefined, (inputs) => {
    writeSync(path, zipArchive(inputs));
  });
}

/** As {@link savez}, with arrays deflated, by threads of Node's own. */
export async function savezCompressed(file: FilePath, arrays: NamedArrays): Promise<void> {
  const path = checkPath("file", file);
  const { inputs, release } = inputsOf(arrays);
  try {
    const deflated = inputs.map(async ({ name, content }) => ({
      name,
      content,
      deflated: await deflate(Buffer.concat(content)),
    }));
    await write(path, zipArchive(await Promise.all(deflated)));
  } finally {
    release();
  }
}

/** As {@link savezCompressed}, at once: the thread waits. */
export function savezCompressedSync(file: FilePath, arrays: NamedArrays): void {
  const path = checkPath("file", file);
  archived(arrays, deflateSync, (inputs) => {
    writeSync(path, zipArchive(inputs));
  });
}

interface Inputs {
  readonly inputs: readonly ZipInput[];
  /** Gives back the memory of copies. */
  readonly release: () => void;
}

function archived<R>(
  arrays: NamedArrays,
  pack: ((content: Uint8Array) => Uint8Array) | undefined,
  use: (inputs: readonly ZipInput[]) => R,
): R {
  const { inputs, release } = inputsOf(arrays);
  try {
    if (!pack) return use(inputs);
    return use(
      inputs.map(({ name, content }) => ({ name, content, deflated: pack(Buffer.concat(content)) })),
    );
  } finally {
    release();
  }
}

function inputsOf(arrays: NamedArrays): Inputs {
  const given: unknown = arrays;
  if (typeof given !== "object" || given === null || given instanceof NDArray) {
    throw new InvalidArgumentError(
      "arrays",
      arrays,
      "an object of NDArrays by their names, or a list of them",
    );
  }
  const entries: [string, NDArray][] = Array.isArray(arrays)
    ? (arrays as readonly NDArray[]).map((array, k) => [`arr_${k}`, array])
    : Object.entries(arrays as Readonly<Record<string, NDArray>>);
  for (const [name, array] of entries) checkArray(`arrays.${name}`, array);
  const encoded = entries.map(([name, array]) => ({ name: `${name}.npy`, parts: encodeParts(array) }));
  return {
    inputs: encoded.map(({ name, parts }) => ({ name, content: [parts.header, parts.elements] })),
    release: () => {
      for (const { parts } of encoded) parts.release();
    },
  };
}

function checkArray(argument: string, array: unknown): NDArray {
  if (array instanceof NDArray) return array;
  throw new InvalidArgumentError(argument, array, "an NDArray");
}

function deflateSync(content: Uint8Array): Uint8Array {
  return zlib().deflateRawSync(content);
}

function deflate(content: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zlib().deflateRaw(content, (error, packed) => {
      if (error) reject(error);
      else resolve(packed);
    });
  });
}
