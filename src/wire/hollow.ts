/**
 * Instances of the platform's classes that have nothing but internal state. Structured clone makes empty objects of
 * them, or refuses them, depending on the version of Node: here they are refused, so that none is lost unnoticed.
 *
 * @module
 */

const signalRemedy =
  "give the signal to the task, pool.with({ signal }), and use currentTask().signal in the function";

/** By the name of the class: what to do instead. */
const remedies: ReadonlyMap<string, string> = new Map([
  ["AbortController", signalRemedy],
  ["AbortSignal", signalRemedy],
  ["BroadcastChannel", "make it where it is used, with the same name"],
  ["FormData", "send its entries: [...formData]"],
  ["Headers", "send its entries: [...headers]"],
  ["Request", "send its url, and what else is needed of it"],
  ["Response", "send what is needed of it: its status, its body as text or bytes"],
  ["TextDecoder", "make it where it is used"],
  ["TextEncoder", "make it where it is used"],
  ["URLSearchParams", "send its text: String(params)"],
]);

/** Whether an object is one of these, or of a class that extends one. It may throw what a Proxy's traps throw. */
export function isHollow(value: object): boolean {
  return hollowClassOf(value) !== undefined;
}

/** Why a hollow object can't be sent, and what to do, for an error's message. */
export function hollowRefusal(value: object): string {
  const name = hollowClassOf(value)!;
  const article = /^[AEIOU](?!RL)/.test(name) ? "an" : "a";
  return `it is ${article} ${name}, which belongs to this thread; ${remedies.get(name)!}`;
}

function hollowClassOf(value: object): string | undefined {
  let prototype = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    const own: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    const name = typeof own === "function" ? own.name : "";
    // by name first: some of the globals are loaded when they are looked at
    if (remedies.has(name) && (globalThis as Record<string, unknown>)[name] === own) return name;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return undefined;
}
