import type { Section } from "../../sync/section.js";
import { newerAt, newestWord, olderAt, oldestWord } from "./layout.js";

/** Entries by their last use, where the one that was not used for longest makes room (rule 6). */
export class Recency {
  readonly #section: Section;
  readonly #at: (entry: number) => number;

  /** @param at - where an entry begins. */
  constructor(section: Section, at: (entry: number) => number) {
    this.#section = section;
    this.#at = at;
  }

  /** The entry that was not used for longest. There is one. */
  get oldest(): number {
    return this.#section.get(oldestWord) - 1;
  }

  /** Plans to put an entry in front. */
  link(entry: number): void {
    const section = this.#section;
    const newest = section.get(newestWord);
    section.set(this.#at(entry) + newerAt, 0);
    section.set(this.#at(entry) + olderAt, newest);
    section.set(newest === 0 ? oldestWord : this.#at(newest - 1) + newerAt, entry + 1);
    section.set(newestWord, entry + 1);
  }

  /** Plans to take an entry out. */
  unlink(entry: number): void {
    const section = this.#section;
    const newer = section.get(this.#at(entry) + newerAt);
    const older = section.get(this.#at(entry) + olderAt);
    section.set(newer === 0 ? newestWord : this.#at(newer - 1) + olderAt, older);
    section.set(older === 0 ? oldestWord : this.#at(older - 1) + newerAt, newer);
  }

  /** Puts an entry in front that was used. */
  touch(entry: number): void {
    if (this.#section.get(newestWord) === entry + 1) return;
    this.unlink(entry);
    this.link(entry);
    this.#section.commit();
  }
}
