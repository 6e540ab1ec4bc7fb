// What the memory gives: the triad of STREAM in C, where there is a compiler.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), "engines/stream.c");

/** Elements of float64 in each of its three arrays. */
const elements = 10_000_000;
const rounds = 20;

/**
 * Compiles it.
 * @returns a function that measures once, in bytes a second, without what the processor reads to write; `end` removes
 *   the program. Undefined where there is no compiler with OpenMP.
 */
export function compileTriad() {
  const folder = mkdtempSync(path.join(os.tmpdir(), "ungil-stream-"));
  const program = path.join(folder, "stream");
  const end = () => rmSync(folder, { recursive: true });
  const flags = ["-O3", "-march=native", "-fopenmp", "-o", program, source];
  for (const compiler of ["gcc", "clang", "cc"]) {
    if (spawnSync(compiler, flags, { stdio: "ignore" }).status !== 0) continue;
    const measure = () => {
      const { status, stdout } = spawnSync(program, [`${elements}`, `${rounds}`], { encoding: "utf8" });
      return status === 0 ? (24 * elements) / (Number(stdout) / 1e6) : 0;
    };
    return { measure, end };
  }
  end();
  return undefined;
}
