/**
 * Whether a function is seen at a glance to call no other: such a one can't enter a store of an
 * `AsyncLocalStorage`, and its calls need no context of their own.
 *
 * @module
 */

type AnyFunction = (...args: never[]) => unknown;

/** What may stand in front of a parenthesis that groups. */
const operators = new Set("=>,;:?&|+-*/%<!~^({[");

/** The same for words, which must not be those of a property. */
const keyword =
  /(?<![\p{ID_Continue}$#\\]|\.\s*)(?:if|for|while|switch|return|catch|typeof|case|throw|else)$/u;

/** Functions of the language that call nothing of the user's but conversions. */
const harmless = /(?<![\p{ID_Continue}$#\\]|\.\s*)Math\.\w+$/u;

/** Calls without a parenthesis, those that a comment hides, and those of built-in functions, whose text nobody sees. */
const hidden =
  /\b(?:new|using|yield|await|async|class|import|eval|with)\b|[^\s=(,:?+]\s*`|\*\/\s*[(`]|\/\/[^\n]*\n\s*[(`]|\[native code\]/;

/** Longer ones take so long that it does not matter. */
const longestText = 1_000;

const known = new WeakMap<AnyFunction, boolean>();

/**
 * Accessors, iterators and conversions of what it uses are taken for harmless.
 * @returns false also for what can't be told at a glance.
 */
export function callsNothing(fn: AnyFunction): boolean {
  let answer = known.get(fn);
  if (answer === undefined) known.set(fn, (answer = textCallsNothing(Function.prototype.toString.call(fn))));
  return answer;
}

function textCallsNothing(text: string): boolean {
  if (text.length > longestText || hidden.test(text)) return false;
  const body = text.replace(/^function\b[^(]*\(/, "(");
  for (let at = body.indexOf("("); at >= 0; at = body.indexOf("(", at + 1)) {
    const before = body.slice(0, at).trimEnd();
    if (before === "" || operators.has(before.at(-1)!) || keyword.test(before)) continue;
    if (!harmless.test(before)) return false;
  }
  return true;
}
