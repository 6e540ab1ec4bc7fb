// Compiles kernels/ to WebAssembly, with SIMD over a shared memory. What was compiled is kept under build/kernels, by
// what it was made from: compiling takes seconds.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join(root, "kernels");
const kept = path.join(root, "build/kernels");

/** Addresses below are words of the heap: see kernels/heap/places.ts. */
const dataBegins = 65536;

const options = [
  "-O3",
  "--noAssert",
  "--converge",
  "--runtime=stub",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory=4",
  "--maximumMemory=65536",
  `--memoryBase=${dataBegins}`,
  "--enable=simd,threads,bulk-memory,sign-extension,nontrapping-f2i",
];

/**
 * The bytes of the kernels' module.
 * @param variant - "simd", or "relaxed": with relaxed SIMD, which newer engines have.
 */
export async function compileKernels(variant) {
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .toSorted((a, b) => (a < b ? -1 : 1));
  const hash = createHash("sha256").update(`${variant} ${asc.version} ${options.join(" ")}`);
  for (const name of files) hash.update(name).update(readFileSync(path.join(folder, name)));
  const file = path.join(kept, `${hash.digest("hex").slice(0, 16)}.wasm`);
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const entry = variant === "relaxed" ? "relaxed.ts" : "index.ts";
  let binary;
  const { error, stderr } = await asc.main(
    [
      entry,
      "--outFile=kernels.wasm",
      ...options,
      ...(variant === "relaxed" ? ["--enable=relaxed-simd"] : []),
    ],
    {
      readFile: (name, base) => {
        const full = path.resolve(folder, base, name);
        try {
          return readFileSync(full, "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) binary = Buffer.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`kernels do not compile\n${stderr.toString()}`, { cause: error });
  mkdirSync(kept, { recursive: true });
  writeFileSync(file, binary);
  return binary;
}
