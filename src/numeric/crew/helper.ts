/**
 * What runs in a thread of the crew. The build puts it, with all it imports, as one text into `helper-source.ts`.
 *
 * @module
 */
import { threadId, workerData } from "node:worker_threads";
import { LinkedKernels } from "../kernels/linked.js";
import {
  allocationUnit,
  asleepStart,
  bellWord,
  fixedWords,
  helpersStart,
  slotsLayout,
  topWord,
} from "../memory/layout.js";
import { Seats } from "../memory/seats.js";
import { type Environment, machineAtomics } from "./environment.js";
import { helpForEver } from "./helper-loop.js";
import type { HelperSetup } from "./helper-setup.js";
import { Slots } from "./slots.js";
import { doPiece } from "./work.js";

const { modules, memory, number, starter, parent, spinTime } = workerData as HelperSetup;
const words = new Int32Array(memory.buffer, 0, fixedWords);
const topOfHeap = new Uint32Array(memory.buffer, 0, fixedWords);
const kernels = new LinkedKernels(modules, memory);
const threads = new Seats(words, threadId, parent);
const environment: Environment = {
  atomics: machineAtomics,
  threads,
  now: () => performance.now(),
  patience: Number.POSITIVE_INFINITY,
  spins: 0,
};
const slots = new Slots(words, environment, slotsLayout);
const place = helpersStart + number;

// another one may have the place, if this one took too long to start
if (threads.me !== 0 && Atomics.compareExchange(words, place, -starter, threads.me) === -starter) {
  helpForEver({
    slots,
    words,
    environment,
    number,
    bell: bellWord,
    asleep: asleepStart + number,
    spinTime,
    work: (slot, piece) => {
      try {
        kernels.reach(Atomics.load(topOfHeap, topWord) * allocationUnit);
        doPiece(kernels, slots, slot, piece);
        return true;
      } catch {
        // its owner says which job it was
        return false;
      }
    },
  });
} else threads.leave();
