import type { Environment } from "./environment.js";
import type { Slots } from "./slots.js";

/** What a helper needs to know of its place. */
export interface HelperPlace {
  readonly slots: Slots;
  readonly words: Int32Array;
  readonly environment: Environment;
  /** Its number among the helpers. */
  readonly number: number;
  readonly bell: number;
  /** Where it says that it sleeps. */
  readonly asleep: number;
  /** How long it looks for more before it sleeps, in ms. */
  readonly spinTime: number;
  /** Does a piece; false where the kernel has failed. */
  readonly work: (slot: number, piece: number) => boolean;
}

/** Looks between two looks at the clock. */
const looksPerTime = 128;

/** Does what is posted, until there is nothing more. */
export function serve({ slots, number, work }: HelperPlace): void {
  let found = slots.find(number, number);
  while (found) {
    const { slot, piece } = found;
    slots.finish(slot, piece, work(slot, piece));
    const next = slots.claim(slot);
    // the next job in the slot may not be for this helper, but a piece of it that it has it does (rule 3)
    found = next >= 0 ? { slot, piece: next } : slots.find(number, slot + 1);
  }
}

/** Waits until something is posted, after what was seen of the bell; sleeps after a while (rule 8). */
export function awaitBell(place: HelperPlace, seen: number): void {
  const { words, environment, bell, asleep, spinTime } = place;
  const { atomics } = environment;
  const end = environment.now() + spinTime;
  for (let looks = 1; ; looks++) {
    if (atomics.load(words, bell) !== seen) return;
    if (looks % looksPerTime === 0 && environment.now() >= end) break;
    if (spinTime === 0) break;
  }
  atomics.store(words, asleep, 1);
  if (atomics.load(words, bell) === seen) atomics.wait(words, asleep, 1);
  atomics.store(words, asleep, 0);
}

/** What a helper does all its life. */
export function helpForEver(place: HelperPlace): never {
  for (;;) {
    const seen = place.environment.atomics.load(place.words, place.bell);
    serve(place);
    awaitBell(place, seen);
  }
}
