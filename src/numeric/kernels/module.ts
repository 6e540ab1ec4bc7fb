import { kernelsBinary, relaxedBinary } from "./binary.js";
import { hasRelaxedSimd, type WasmModule, webAssembly } from "./webassembly.js";

let compiled: readonly WasmModule[] | undefined;

/**
 * The kernels, compiled: once in each thread that does not get them from another one. The second module is there if the
 * engine has relaxed SIMD, and its kernels take the place of those of the first.
 */
export function kernelsModules(): readonly WasmModule[] {
  if (compiled) return compiled;
  const binaries = hasRelaxedSimd ? [kernelsBinary, relaxedBinary] : [kernelsBinary];
  return (compiled = binaries.map((binary) => new webAssembly.Module(Buffer.from(binary, "base64"))));
}

let build: number | undefined;

/** Tells this build of the kernels from others, whose heaps are laid out in another way: FNV-1a of the module's text. */
export function kernelsBuild(): number {
  if (build !== undefined) return build;
  let hash = 0x811c9dc5;
  for (let i = 0; i < kernelsBinary.length; i += 7)
    hash = Math.imul(hash ^ kernelsBinary.charCodeAt(i), 0x01000193);
  return (build = (hash ^ kernelsBinary.length) >>> 0);
}

/** A kernel does chunk number `chunk` of `chunks` of what the numbers at address `args` describe. */
export type Kernel = (args: number, chunk: number, chunks: number) => void;

/** What the module exports beside kernels: `kernels/heap`. Addresses that come from it are signed numbers. */
export interface HeapFunctions {
  heap_top(): number;
  heap_seat(seat: number): void;
  heap_allocate(bytes: number, seat: number): number;
  heap_extend(bytes: number, seat: number): number;
  heap_join_begin(): void;
  heap_join(bytes: number, seat: number): number;
  heap_join_only(): void;
  heap_free(address: number): void;
  heap_release(address: number, seat: number): void;
  heap_generation(address: number): number;
  heap_references(address: number): number;
  heap_retain(address: number, generation: number, seat: number): number;
  heap_table_bytes(): number;
  heap_table(address: number): void;
  heap_send(address: number, now: number): number;
  heap_expire(before: number): void;
  heap_arrive(address: number, ticket: number): number;
  heap_messages(): number;
  heap_hold(address: number, seat: number): void;
  heap_used(anyway: boolean): number;
  heap_sweep(seat: number): number;
}

/**
 * A kernel of a module that was made at run time. The module imports the memory as `env.memory`, may import functions of
 * the built kernels from `kernels`, and exports one kernel, as `kernel`. The bytes stay in the heap for ever, so that
 * other threads can compile them too.
 */
export interface MadeKernel {
  /** Where the module's bytes are in the heap; it stands for the kernel. */
  readonly address: number;
  readonly length: number;
}
