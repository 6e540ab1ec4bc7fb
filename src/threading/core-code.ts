/**
 * Compiled code of the file that every worker of a pool begins with. It is compiled here once, while the first thread
 * comes up, and lies in memory that all threads read: parsing the file is what took each of them longest. V8 looks whether
 * the code fits, and compiles anew where it does not. The other side is in `scripts/commonjs.mjs`.
 *
 * @module
 */
import vm from "node:vm";
import { fileSystem } from "../file-system.js";
import { coreFile } from "../package-home.js";

/** What a thread is given to begin with. */
export interface CoreCode {
  /** The file, as the entry of a worker asks for it. */
  readonly name: string;
  readonly parameters: readonly string[];
  /** The length of the code in bytes, 0 until it is there; the code itself is behind the first 8 bytes. */
  readonly memory: SharedArrayBuffer;
}

const headBytes = 8;
/** The system gives it only when something is written there. */
const mostBytes = 2 ** 19;

let code: CoreCode | undefined;
let isCompiled = false;

/** For a thread that is about to start; undefined where files of ours are loaded in another way. */
export function coreCode(): CoreCode | undefined {
  // Node has source maps and coverage of what it loads itself
  if (!coreFile || process.sourceMapsEnabled || process.env["NODE_V8_COVERAGE"]) return undefined;
  code ??= {
    name: `./${coreFile.slice(coreFile.lastIndexOf("/") + 1)}`,
    parameters: ["exports", "require", "module", "__filename", "__dirname"],
    memory: new SharedArrayBuffer(mostBytes),
  };
  return code;
}

/** A thread was started, which takes longer than this: the code is there when it wants to load the file. */
export function compileCore(): void {
  if (isCompiled || !code || !coreFile) return;
  isCompiled = true;
  let text: string;
  try {
    text = fileSystem().readFileSync(new URL(coreFile), "utf8");
  } catch {
    // the thread will say what is wrong with the file
    return;
  }
  const { cachedData } = vm.compileFunction(text, code.parameters, { produceCachedData: true }) as {
    cachedData?: Buffer;
  };
  if (!cachedData || headBytes + cachedData.length > mostBytes) return;
  new Uint8Array(code.memory, headBytes).set(cachedData);
  Atomics.store(new Int32Array(code.memory, 0, 1), 0, cachedData.length);
}
