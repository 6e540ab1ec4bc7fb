/**
 * Many messages as one flat list: a list within a list costs the engine's serialisation more than all that is in it. In
 * front of each message stands a number: how many elements it has, which of its first ones are those of the message
 * before, as most of them are when many calls are made at once, and which are carried values that are text.
 *
 * ```text
 *   number of elements │ text that is opened │ other text │ as before     8 bits each, but for the first
 * ```
 *
 * @module
 */
import { Carried } from "./carried.js";

/** Numbers, texts and other primitives, and carried values. */
export type Message = readonly unknown[];

/** So many first elements are looked at; of those behind them, none is told to be as before. */
const lookedAt = 8;
const lookedAtBits = 2 ** lookedAt - 1;

const shift = { otherText: lookedAt, openedText: 2 * lookedAt } as const;
const lengthUnit = 2 ** (3 * lookedAt);

/**
 * Messages as one list.
 * @param outlined - what stands in it for a carried value that is not text: a list.
 */
export function writeHead(
  messages: readonly Message[],
  outlined: (value: Carried) => readonly unknown[],
): unknown[] {
  const head: unknown[] = [];
  let before: Message = [];
  for (const message of messages) {
    const at = head.length;
    head.push(0);
    let code = message.length * lengthUnit;
    for (let place = 0; place < message.length; place++) {
      const value = message[place];
      if (value instanceof Carried) {
        if (place < lookedAt && value.text !== undefined) {
          code += 1 << (place + (value.opens ? shift.openedText : shift.otherText));
          head.push(value.text);
        } else head.push(outlined(value));
      } else if (place < lookedAt && place < before.length && Object.is(value, before[place]))
        code += 1 << place;
      else head.push(value);
    }
    head[at] = code;
    before = message;
  }
  return head;
}

/**
 * The messages in a list.
 * @param restored - makes a carried value of what stands for it.
 * @throws Error for a list that {@link writeHead} has not made.
 */
export function readHead(
  head: readonly unknown[],
  restored: (outline: readonly unknown[]) => Carried,
): Message[] {
  const messages: Message[] = [];
  let before: Message = [];
  let at = 0;
  while (at < head.length) {
    const code = head[at++] as number;
    const length = Math.floor(code / lengthUnit);
    const marks = code % lengthUnit;
    const opened = marks >> shift.openedText;
    const other = (marks >> shift.otherText) & lookedAtBits;
    const same = marks & lookedAtBits;
    // without a mark beyond its end it takes an element each, so that its length is one that there can be
    if (!(length >= 0) || (opened | other | same) >= 2 ** length) throw damaged();
    const message: unknown[] = [];
    for (let place = 0; place < length; place++) {
      const bit = place < lookedAt ? 1 << place : 0;
      if ((same & bit) !== 0) {
        if (place >= before.length) throw damaged();
        message.push(before[place]);
        continue;
      }
      if (at === head.length) throw damaged();
      const value = head[at++];
      if (((opened | other) & bit) !== 0) message.push(Carried.ofText(value as string, (opened & bit) !== 0));
      else message.push(Array.isArray(value) ? restored(value) : value);
    }
    messages.push(message);
    before = message;
  }
  return messages;
}

const damaged = (): Error => new Error("a list of messages is not one of ungil's");
