/**
 * How both ends of a connection prove to each other that they know the owner's key, before anything else is said
 * (rule 2). A challenge each way, answered by an HMAC, as in Python's `multiprocessing.connection`.
 *
 * @module
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const nonceBytes = 32;
const proofBytes = 32;
const magic = Buffer.from("ungil/1\n", "latin1");

/** Bytes of what is said before the proofs are there. */
const sizes = {
  greeting: magic.length + nonceBytes,
  challenge: nonceBytes + proofBytes,
  proof: proofBytes,
} as const;

function proofOf(key: string, side: "owner" | "caller", first: Uint8Array, second: Uint8Array): Buffer {
  return createHmac("sha256", Buffer.from(key, "hex")).update(side).update(first).update(second).digest();
}

/** What one side makes of the bytes that arrive. */
abstract class Handshake {
  #have: Uint8Array = new Uint8Array(0);
  #wanted: number;

  protected constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /**
   * @returns undefined while it goes on; what follows the handshake when it is over.
   * @throws Error when the other side is not who it should be.
   */
  push(piece: Uint8Array): Uint8Array | undefined {
    let have: Uint8Array = this.#have.length === 0 ? piece : Buffer.concat([this.#have, piece]);
    while (have.length >= this.#wanted) {
      const step = have.subarray(0, this.#wanted);
      have = have.subarray(this.#wanted);
      const next = this.step(step);
      if (next === 0) return have;
      this.#wanted = next;
    }
    this.assertPossible(have);
    // a copy: the memory of what came is used again
    this.#have = Buffer.from(have);
    return undefined;
  }

  /** @returns bytes of the next step, 0 when it is over. */
  protected abstract step(bytes: Uint8Array): number;

  /** Throws as soon as a step can't become a right one any more. */
  protected assertPossible(_bytes: Uint8Array): void {}
}

function check(given: Uint8Array, proof: Uint8Array): void {
  if (!timingSafeEqual(given, proof)) throw new Error("the other side does not know the key");
}

/** The owner's side: it answers, and never says anything first. */
export class OwnerHandshake extends Handshake {
  readonly #key: string;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #nonce = randomBytes(nonceBytes);
  #theirs: Uint8Array | undefined;

  constructor(key: string, send: (bytes: Uint8Array) => void) {
    super(sizes.greeting);
    this.#key = key;
    this.#send = send;
  }

  protected step(bytes: Uint8Array): number {
    if (this.#theirs) {
      check(bytes, proofOf(this.#key, "caller", this.#nonce, this.#theirs));
      return 0;
    }
    this.assertPossible(bytes);
    this.#theirs = Buffer.from(bytes.subarray(magic.length));
    this.#send(Buffer.concat([this.#nonce, proofOf(this.#key, "owner", this.#theirs, this.#nonce)]));
    return sizes.proof;
  }

  protected override assertPossible(bytes: Uint8Array): void {
    if (this.#theirs) return;
    const begun = Buffer.from(bytes.subarray(0, magic.length));
    if (!begun.equals(magic.subarray(0, begun.length))) throw new Error("the other side is no ungil");
  }
}

/** The caller's side. */
export class CallerHandshake extends Handshake {
  readonly #key: string;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #nonce = randomBytes(nonceBytes);

  constructor(key: string, send: (bytes: Uint8Array) => void) {
    super(sizes.challenge);
    this.#key = key;
    this.#send = send;
    send(Buffer.concat([magic, this.#nonce]));
  }

  protected step(bytes: Uint8Array): number {
    const theirs = bytes.subarray(0, nonceBytes);
    check(bytes.subarray(nonceBytes), proofOf(this.#key, "owner", this.#nonce, theirs));
    this.#send(proofOf(this.#key, "caller", theirs, this.#nonce));
    return 0;
  }
}
