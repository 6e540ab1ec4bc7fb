/**
 * Whether a function is seen at a glance to do nothing but arithmetic with its parameters: given primitives, it runs no
 * code but its own text, and nothing of that can ask which task it is, or in which async context.
 *
 * @module
 */

type AnyFunction = (...args: never[]) => unknown;

/** Parameters and body. Those of a generator, a method or a class are not looked for. */
const shape =
  /^(?:async\b\s*)?(?:function\b\s*[\w$]*\s*\(([^()]*)\)\s*\{([^]*)\}|(?:\(([^()]*)\)|([\w$]+))\s*=>([^]*))$/;

const name = /^[A-Za-z_$][\w$]*$/;

/** What has no place there: texts, accesses to members by brackets, escapes, comments, other functions. */
const foreign = /[^\s\w$.+\-*%<>=!&|^~?:;,(){}/]|\/[/*]|=>/;

const declared = /\b(?:const|let|var)\s+([\w$]+)/g;
const words = /[\w$.]+/g;
const number = /^(?:0x[\da-f]+|\d[\d_]*(?:\.\d+)?)n?$/i;
const harmless = new Set(
  "return if else for while do break continue const let var true false null typeof void".split(" "),
);

/** Longer ones take so long that it does not matter. */
const longestText = 500;

/** Those that passed. Others may be closures that are made for one call each. */
const known = new WeakSet<AnyFunction>();

/** @returns false also for what can't be told at a glance. */
export function isArithmetic(fn: AnyFunction): boolean {
  // with nothing to compute with, there is nothing to look for
  if (fn.length === 0) return false;
  if (known.has(fn)) return true;
  if (!textIsArithmetic(Function.prototype.toString.call(fn))) return false;
  known.add(fn);
  return true;
}

function textIsArithmetic(text: string): boolean {
  if (text.length > longestText) return false;
  const [, ...parts] = shape.exec(text) ?? [];
  const [parameters, body] = parts.filter((part) => part !== undefined);
  if (parameters === undefined || body === undefined || foreign.test(body)) return false;
  const own = parameters.split(",").map((each) => each.trim());
  if (!own.every((each) => name.test(each))) return false;
  // what it calls could only be one of its own values, none of which is a function
  const names = new Set([...own, ...Array.from(body.matchAll(declared), ([, each]) => each)]);
  return (body.match(words) ?? []).every(
    (word) => names.has(word) || harmless.has(word) || number.test(word),
  );
}
