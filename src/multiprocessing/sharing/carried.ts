/**
 * Values between isolates, written once by whoever sends them and read once by whoever uses them. What lies between
 * the two, a queue for one, passes them on as they are, whatever functions and classes are in them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { SerializationError } from "../../errors.js";
import { analyseModule, analyseText } from "../../functions/analysis/index.js";
import { FunctionReviver, provideAnalysis, resolveReference } from "../../functions/index.js";
import { inbound } from "../../pool/inbound.js";
import { outbound } from "../../pool/outbound.js";
import { refuseExecutors } from "../../target/executors-refused.js";
import { type DecodeHooks, decode, encode, isPrimitive, refusal } from "../../wire/index.js";
import { deserialize, serialize } from "../../wire/serialize.js";
import { plainText } from "./plain-text.js";
import { collectReferences, type SharedReference } from "./reference.js";

/** The parts of a {@link Carried}. */
export interface CarriedParts {
  /** Small plain data as text; then there are no bytes. */
  readonly text?: string | undefined;
  /** The engine's serialisation. */
  readonly bytes: Uint8Array;
  /** Memory that goes beside it. Nobody changes it. */
  readonly buffers: readonly Uint8Array[];
  /** Whether there are marks in it. */
  readonly marked: boolean;
  /** Whether whoever receives it opens it at once, before anybody looks. */
  readonly opens: boolean;
  /** The shared objects that handles in it stand for. */
  readonly references: readonly SharedReference[];
}

const none: readonly SharedReference[] = [];
const noBytes = new Uint8Array(0);
const noBuffers: readonly Uint8Array[] = [];

/** A copy that nobody else has; not cleared first, as each of its bytes is written. */
function copyOf(memory: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(memory.length);
  copy.set(memory);
  return copy;
}

interface Shipped {
  readonly graph: Parameters<FunctionReviver["revive"]>[0];
  readonly codes: Parameters<FunctionReviver["addCodes"]>[0];
}

/** A value on its way. */
export class Carried implements CarriedParts {
  readonly text: string | undefined;
  readonly bytes: Uint8Array;
  readonly buffers: readonly Uint8Array[];
  readonly marked: boolean;
  readonly opens: boolean;
  readonly references: readonly SharedReference[];

  constructor({ text, bytes, buffers, marked, opens, references }: CarriedParts) {
    this.text = text;
    this.bytes = bytes;
    this.buffers = buffers;
    this.marked = marked;
    this.opens = opens;
    this.references = references;
  }

  /**
   * @param what - how messages call the value.
   * @param opens - whether it is opened on arrival.
   * @throws SerializationError for what can't be sent.
   */
  static of(value: unknown, what: string, opens = false): Carried {
    const text = plainText(value);
    if (text !== undefined) return Carried.ofText(text, opens);
    provideAnalysis({ analyseModule, analyseText });
    const [encoded, references] = collectReferences(() => encode(value, what, outbound));
    if (encoded.marked) refuseExecutors(encoded.value, what, elsewhere);
    try {
      const { bytes, buffers } = serialize(encoded.value, encoded.transfer, copyOf);
      return new Carried({
        bytes,
        buffers,
        marked: encoded.marked,
        opens,
        references: references.length > 0 ? references : none,
      });
    } catch (error) {
      if (!(error instanceof SerializationError)) throw refusal(encoded.value, what, error);
      // it says what can't be sent, and not where that was
      throw new SerializationError(`${what} can't be sent: ${error.message}`, what, { cause: error });
    }
  }

  /** Of small plain data. */
  static ofText(text: string, opens: boolean): Carried {
    return new Carried({ text, bytes: noBytes, buffers: noBuffers, marked: false, opens, references: none });
  }

  /** In bytes, about. */
  get size(): number {
    if (this.text !== undefined) return this.text.length;
    return this.buffers.reduce((sum, { length }) => sum + length, this.bytes.length);
  }

  /**
   * Makes the value; to be done once. A promise where modules have to be loaded for it.
   * @throws Error for what can't be made here; or the promise is rejected.
   */
  open(): unknown {
    if (this.text !== undefined) return JSON.parse(this.text);
    const value = deserialize(
      this.bytes,
      this.buffers.map(({ buffer }) => buffer as ArrayBuffer),
    );
    return this.marked ? decode(value, hooks) : value;
  }
}

const reviver = new FunctionReviver();

const hooks: DecodeHooks = {
  ...inbound,
  reviveFunction: (shipped) => {
    const { graph, codes } = shipped as Shipped;
    reviver.addCodes(codes);
    return reviver.revive(graph);
  },
  resolveClass: (reference) => resolveReference(reference as never) as Promise<() => unknown>,
};

const elsewhere =
  "an executor in it runs tasks for the process that made it. Make one where it is used, or submit a function to it";

/** A value as part of a message: a primitive as it is. @throws SerializationError */
export function carried(value: unknown, what: string): unknown {
  if (value instanceof Carried || isPrimitive(value)) return value;
  if (typeof value === "symbol") throw new SerializationError(`${what} can't be sent: it is a symbol`, what);
  return Carried.of(value, what, true);
}

/** The opposite of {@link carried}; a promise where that takes time. */
export function uncarried(value: unknown): unknown {
  return value instanceof Carried && value.opens ? value.open() : value;
}
