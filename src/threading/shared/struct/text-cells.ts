import type { Environment } from "../../sync/environment.js";
import { Section } from "../../sync/section.js";
import { type Content, textKind, wideTextKind, wordsOf } from "../content.js";

/** Of the state of a cell: where the string is, and what it is; the rest is its length in bytes. */
const secondBit = 1;
const wideBit = 2;
const lengthShift = 2;

/** Strings of a bounded length in shared memory, which nobody sees half written. The README has the rules. */
export class TextCells {
  readonly #words: Int32Array;
  readonly #environment: Environment;
  readonly #section: Section;

  /** @param words - a memory that begins with a section. */
  constructor(words: Int32Array, environment: Environment) {
    this.#words = words;
    this.#environment = environment;
    this.#section = new Section(words, environment, false);
  }

  /** Words that a cell for so many bytes takes. */
  static wordsFor(bytes: number): number {
    return 1 + 2 * wordsOf(bytes);
  }

  /** @param at - the first word of the cell. */
  read(at: number, most: number, into: Content): void {
    const { atomics } = this.#environment;
    this.#section.within(() => {
      const state = atomics.peek(this.#words, at);
      into.begin((state & wideBit) === 0 ? textKind : wideTextKind, state >>> lengthShift);
      atomics.peekRun(this.#words, placeOf(at, most, state & secondBit), into.words, 0, into.size);
    });
  }

  write(at: number, most: number, text: Content): void {
    const { atomics } = this.#environment;
    this.#section.within(() => {
      const next = (atomics.peek(this.#words, at) & secondBit) ^ secondBit;
      // rule 2
      atomics.pokeRun(this.#words, placeOf(at, most, next), text.words, 0, text.size);
      const kind = text.kind === wideTextKind ? wideBit : 0;
      // rule 3
      this.#section.set(at, (text.length << lengthShift) | kind | next);
      this.#section.commit();
    });
  }
}

const placeOf = (at: number, most: number, which: number): number => at + 1 + which * wordsOf(most);
