/** The first few are compared one by one, which is quicker than a set. */
const few = 16;

/** Notices an object that comes up a second time. */
export class SeenObjects {
  readonly #first: (object | undefined)[] = Array.from({ length: few }, () => undefined);
  #all = new Set<object>();
  #count = 0;

  /** Notes an object. Answers whether it was noted before. */
  has(object: object): boolean {
    const count = this.#count++;
    const first = this.#first;
    if (count < few) {
      for (let i = 0; i < count; i++) if (first[i] === object) return true;
      first[count] = object;
      return false;
    }
    const all = this.#all;
    if (count === few) for (const each of first) all.add(each!);
    const { size } = all;
    all.add(object);
    return all.size === size;
  }

  /** Forgets all. */
  clear(): void {
    if (this.#count === 0) return;
    const first = this.#first;
    // quicker than `fill` for the one or two that most values have
    for (let i = Math.min(this.#count, few) - 1; i >= 0; i--) first[i] = undefined;
    if (this.#count > few) this.#all = new Set();
    this.#count = 0;
  }
}
