import { InvalidArgumentError } from "../../../errors.js";
import { type Content, numberKind } from "../content.js";

const wanted = "a string or a number";

/**
 * Takes over a key: -0 is 0, as it is to a `Map`.
 * @throws InvalidArgumentError
 */
export function setKey(content: Content, key: unknown, most: number): void {
  if (typeof key === "number") content.setNumber(key + 0);
  else if (typeof key === "string") content.setText("key", key, most, wanted);
  else throw new InvalidArgumentError("key", key, wanted);
}

/** A number for a key, another in each map: so nobody can know which keys share a bucket. MurmurHash3 (A. Appleby). */
export function hashOf(key: Content, seed: number): number {
  let hash = seed ^ Math.imul(key.kind, 0x9e37_79b1);
  if (key.kind === numberKind) {
    hash = mix(hash, key.low);
    hash = mix(hash, key.high);
  } else {
    const { words, size } = key;
    for (let i = 0; i < size; i++) hash = mix(hash, words[i]!);
  }
  hash ^= key.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}

function mix(hash: number, word: number): number {
  let bits = Math.imul(word, 0xcc9e_2d51);
  bits = Math.imul((bits << 15) | (bits >>> 17), 0x1b87_3593);
  const next = hash ^ bits;
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe654_6b64) | 0;
}
