import type { LinkedKernels } from "../kernels/linked.js";
import { argsStart, mostArgs } from "../memory/layout.js";
import type { Slots } from "./slots.js";

/** Where the arguments of the job in a slot are. */
export const argsOf = (slot: number): number => argsStart + slot * mostArgs * 8;

/**
 * Does a piece of the job in a slot: the chunks that belong to it.
 * @throws what a kernel throws that has a mistake in it.
 */
export function doPiece(kernels: LinkedKernels, slots: Slots, slot: number, piece: number): void {
  const { kernel, length, chunks, pieces } = slots.jobOf(slot);
  const work = length === 0 ? kernels.built(kernel) : kernels.made({ address: kernel >>> 0, length });
  const address = argsOf(slot);
  const end = Math.floor(((piece + 1) * chunks) / pieces);
  for (let chunk = Math.floor((piece * chunks) / pieces); chunk < end; chunk++) work(address, chunk, chunks);
}
