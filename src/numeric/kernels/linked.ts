import type { Kernel, MadeKernel } from "./module.js";
import { currentBuffer, type WasmMemory, type WasmModule, webAssembly } from "./webassembly.js";

/** The built kernels over a memory, and those made at run time, of one thread. */
export class LinkedKernels {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly #memory: WasmMemory;
  /** In the modules' order, which is the same in all threads. */
  readonly #byNumber: readonly Kernel[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #made = new Map<number, Kernel>();
  #reached = 0;

  /** @param modules - a kernel of a later one takes the place of one of the first. */
  constructor(modules: readonly WasmModule[], memory: WasmMemory) {
    this.#memory = memory;
    const exports: Record<string, unknown> = {};
    for (const module of modules) {
      const { exports: own } = new webAssembly.Instance(module, { env: { memory } });
      Object.assign(exports, own as Record<string, unknown>);
    }
    this.exports = exports;
    const names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
    this.#byNumber = names.map((name) => exports[name] as Kernel);
    this.#numbers = new Map(names.map((name, number) => [name, number]));
  }

  /** Sees to it that kernels may touch memory up to an address, which another thread may have added. */
  reach(end: number): void {
    if (end > this.#reached) this.#reached = currentBuffer(this.#memory).byteLength;
  }

  /** The number of a built kernel. */
  numberOf(name: string): number {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new TypeError(`there is no kernel ${name}`);
    return number;
  }

  /** A built kernel by its number. */
  built(number: number): Kernel {
    return this.#byNumber[number]!;
  }

  /** A kernel that was made at run time. */
  made({ address, length }: MadeKernel): Kernel {
    let made = this.#made.get(address);
    if (!made) this.#made.set(address, (made = this.#instantiate(address, length)));
    return made;
  }

  #instantiate(address: number, length: number): Kernel {
    // a copy: engines compile no memory that others could change meanwhile
    const bytes = new Uint8Array(currentBuffer(this.#memory), address, length).slice();
    const module = new webAssembly.Module(bytes);
    const imports = { env: { memory: this.#memory }, kernels: this.exports };
    return (new webAssembly.Instance(module, imports).exports as { kernel: Kernel }).kernel;
  }
}
