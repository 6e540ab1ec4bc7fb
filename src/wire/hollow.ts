/**
 * Instances of the platform's classes that have nothing but internal state. Structured clone makes empty objects of
 * them, or refuses them, depending on the version of Node: here they are refused, so that none is lost unnoticed.
 *
 * @module
 */

const signalRemedy =
  "give the signal to the task, pool.with({ signal }), and use currentTask().signal in the function";
const makeItThere = "make it where it is used";
const makeItAgain = "send the data it was made from, and make it where it is used";

/** The globals: what to do instead. */
const ofGlobals: Readonly<Record<string, string>> = {
  AbortController: signalRemedy,
  AbortSignal: signalRemedy,
  BroadcastChannel: "make it where it is used, with the same name",
  CompressionStream: makeItThere,
  Crypto: "every thread has its own: globalThis.crypto",
  DecompressionStream: makeItThere,
  Event: "send what is needed of it: its type, its detail, its data",
  EventTarget: makeItAgain,
  FormData: "send its entries: [...formData]",
  Headers: "send its entries: [...headers]",
  PerformanceEntry: "send its data: entry.toJSON()",
  PerformanceObserver: makeItThere,
  Request: "send its url, and what else is needed of it",
  Response: "send what is needed of it: its status, its body as text or bytes",
  SubtleCrypto: "every thread has its own: globalThis.crypto.subtle",
  TextDecoder: makeItThere,
  TextDecoderStream: makeItThere,
  TextEncoder: makeItThere,
  TextEncoderStream: makeItThere,
  URLPattern: makeItAgain,
  URLSearchParams: "send its text: String(params)",
};

/** The exports of Node's modules: what to do instead. Those of `node:crypto` that are not here are streams. */
const ofModules: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "node:async_hooks": { AsyncResource: makeItThere },
  "node:crypto": { DiffieHellman: makeItAgain, ECDH: makeItAgain },
  "node:fs": { Dir: "send its path" },
  "node:stream": { Stream: makeItAgain },
  "node:string_decoder": { StringDecoder: makeItThere },
  "node:util": { MIMEParams: "send its text: String(params)", MIMEType: "send its text: String(type)" },
};

interface Hollow {
  readonly remedy: string;
  /** Whose export it is; a global otherwise. */
  readonly module?: string;
}

/** By the name of the class. */
const hollows: ReadonlyMap<string, Hollow> = new Map([
  ...Object.entries(ofGlobals).map(([name, remedy]): [string, Hollow] => [name, { remedy }]),
  ...Object.entries(ofModules).flatMap(([module, classes]) =>
    Object.entries(classes).map(([name, remedy]): [string, Hollow] => [name, { remedy, module }]),
  ),
]);

/** Whether an object is one of these, or of a class that extends one. It may throw what a Proxy's traps throw. */
export function isHollow(value: object): boolean {
  return hollowClassOf(value) !== undefined;
}

/** Why a hollow object can't be sent, and what to do, for an error's message. */
export function hollowRefusal(value: object): string {
  const name = hollowClassOf(value)!;
  const own: unknown = Reflect.get(value, "constructor");
  const extended = typeof own === "function" && own.name !== "" && own.name !== name ? own.name : undefined;
  const what = extended === undefined ? withArticle(name) : `${withArticle(extended)} (${withArticle(name)})`;
  return `it is ${what}, which belongs to this thread; ${hollows.get(name)!.remedy}`;
}

const withArticle = (name: string): string => `${/^[AEIOU](?!RL)/.test(name) ? "an" : "a"} ${name}`;

function hollowClassOf(value: object): string | undefined {
  let prototype = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    const own: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    const name = typeof own === "function" ? own.name : "";
    // an EventTarget that structured clone knows: it is moved, or refused with that remedy
    if (name === "MessagePort" && own === MessagePort) return undefined;
    // by name first: some of the globals are loaded when they are looked at, and the modules are
    const hollow = hollows.get(name);
    if (hollow && exportsOf(hollow.module)[name] === own) return name;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return undefined;
}

function exportsOf(module: string | undefined): Record<string, unknown> {
  return (module === undefined ? globalThis : process.getBuiltinModule(module)) as Record<string, unknown>;
}
