/** What a `SharedMap` of one part is to do, with a `Map`: the first entry of it was not used for longest. */
import type { MapValue } from "ungil/threading";

type Key = string | number;

const bytesOf = (value: MapValue): number => {
  if (typeof value === "number") return 0;
  if (typeof value === "object") return value.length;
  const utf8 = Buffer.from(value);
  return utf8.toString() === value ? utf8.length : 2 * value.length;
};

export const equal = (one: MapValue | undefined, other: MapValue | undefined): boolean =>
  typeof one === "object" && typeof other === "object"
    ? Buffer.compare(one, other) === 0
    : Object.is(one, other);

export class MapModel {
  readonly map = new Map<Key, MapValue>();
  readonly #entries: number;
  readonly #bytes: number;
  readonly #evicts: boolean;

  constructor(entries: number, bytes: number, evicts: boolean) {
    this.#entries = entries;
    this.#bytes = bytes;
    this.#evicts = evicts;
  }

  get bytes(): number {
    return [...this.map].reduce((sum, [key, value]) => sum + bytesOf(key) + bytesOf(value), 0);
  }

  get(key: Key): MapValue | undefined {
    const value = this.map.get(key);
    if (value !== undefined) this.#touch(key, value);
    return value;
  }

  /** @returns "invalid" for what no map of this size could hold, "full" where there is no room. */
  set(key: Key, value: MapValue): "done" | "full" | "invalid" {
    if (bytesOf(key) + bytesOf(value) > this.#bytes) return "invalid";
    const old = this.map.get(key);
    if (old !== undefined) this.#touch(key, old);
    for (;;) {
      const count = this.map.size + (old === undefined ? 1 : 0);
      const bytes = this.bytes + bytesOf(value) + (old === undefined ? bytesOf(key) : -bytesOf(old));
      if (count <= this.#entries && bytes <= this.#bytes) break;
      if (!this.#evicts) return "full";
      this.map.delete(this.map.keys().next().value!);
    }
    this.map.set(key, value);
    return "done";
  }

  #touch(key: Key, value: MapValue): void {
    if (!this.#evicts) return;
    this.map.delete(key);
    this.map.set(key, value);
  }
}
