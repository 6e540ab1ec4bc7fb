/**
 * The part of WebAssembly's interface that we use, typed: TypeScript has it only in the library for browsers, which
 * programs for Node do without.
 *
 * @module
 */

/** A memory that threads share; it grows, and earlier buffers stay views of its beginning. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** A compiled module: threads can send it to each other. */
export type WasmModule = object & { readonly [Symbol.toStringTag]: "WebAssembly.Module" };

interface WasmInstance {
  readonly exports: unknown;
}

interface WebAssemblyNamespace {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ) => WasmInstance;
  validate(bytes: Uint8Array): boolean;
}

/** The engine's WebAssembly. */
export const webAssembly: WebAssemblyNamespace = (
  globalThis as unknown as { WebAssembly: WebAssemblyNamespace }
).WebAssembly;

/** A module of one function, which is a `f64x2.relaxed_madd` of its variable. */
const relaxedProbe = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01,
  0x00, 0x0a, 0x0f, 0x01, 0x0d, 0x01, 0x01, 0x7b, 0x20, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x87, 0x02, 0x0b,
];

/**
 * Whether the engine has relaxed SIMD: products and sums in one step, rounded once where the processor can. It is the
 * same in all threads of a process.
 */
export const hasRelaxedSimd: boolean = webAssembly.validate(new Uint8Array(relaxedProbe));

/**
 * The memory's buffer as it is now. Another thread may have made it grow, which engines tell the others a moment later:
 * until then, atomic steps of kernels are refused there.
 */
export function currentBuffer(memory: WasmMemory): SharedArrayBuffer {
  memory.grow(0);
  return memory.buffer;
}
