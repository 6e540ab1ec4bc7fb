import type { WasmMemory, WasmModule } from "../kernels/webassembly.js";

/** What a helper finds as its `workerData`. */
export interface HelperSetup {
  readonly modules: readonly WasmModule[];
  readonly memory: WasmMemory;
  /** Its number among the helpers. */
  readonly number: number;
  /** The id of the thread that starts it. */
  readonly starter: number;
  /** Node's number for that. */
  readonly parent: number;
  /** How long it looks for more before it sleeps, in ms. */
  readonly spinTime: number;
}
