import assert from "node:assert/strict";
import { after, test } from "node:test";
import { refusal, TestWorker } from "./harness.js";

const worker = new TestWorker();
after(() => worker.close());

function topLevel(x: number): number {
  return x + 1;
}
export function exportedHere(x: number): number {
  return topLevel(x) * 10;
}
const constant = 42;
let variable = 1;
function isEven(n: number): boolean {
  return n === 0 ? true : isOdd(n - 1);
}
function isOdd(n: number): boolean {
  return n === 0 ? false : isEven(n - 1);
}

test("case 1: a function declaration of the entry module is sent with what it uses", async () => {
  assert.equal(await worker.run(topLevel, 5), 6);
});

test("case 2: an exported function of the entry module is sent by value", async () => {
  assert.equal(await worker.run(exportedHere, 5), 60);
});

test("case 3: an arrow function brings its parameter and local variables", async () => {
  const make = (a: number): ((x: number) => number) => {
    const b = a * 2;
    return (x) => a + b + x;
  };
  assert.equal(await worker.run(make(3), 1), 10);
});

function second<T>(list: readonly T[]): T {
  const [, found] = list;
  assert.ok(found !== undefined);
  return found;
}

test("case 4: loop variables have the value that they have here", async () => {
  const withLet: (() => number)[] = [];
  for (let i = 0; i < 3; i++) withLet.push(() => i);
  const withVar: (() => number)[] = [];
  for (var j = 0; j < 3; j++) withVar.push(() => j);
  const withOf: (() => string)[] = [];
  for (const k of ["a", "b"]) withOf.push(() => k);
  assert.equal(await worker.run(second(withLet)), 1);
  assert.equal(await worker.run(second(withVar)), 3);
  assert.equal(await worker.run(second(withOf)), "b");
});

test("case 5: a mutable variable is read again at each submit, and stays unchanged here", async () => {
  let n = 0;
  const increment = (): number => ++n;
  increment();
  increment();
  assert.equal(await worker.run(increment), 3);
  assert.equal(n, 2);
  increment();
  assert.equal(await worker.run(increment), 4);
  variable = 7;
  assert.equal(await worker.run(() => variable), 7);
  variable = 8;
  assert.equal(await worker.run(() => variable), 8);
});

test("case 14: mutual and self recursion, local and module level", async () => {
  assert.equal(await worker.run(isEven, 10), true);
  const a = (n: number): string => (n ? b(n - 1) : "a");
  const b = (n: number): string => (n ? a(n - 1) : "b");
  assert.equal(await worker.run(a, 3), "b");
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  assert.equal(await worker.run(factorial, 5), 120);
  const f = function g(n: number): number {
    return n ? n + g(n - 1) : 0;
  };
  assert.equal(await worker.run(f, 3), 6);
});

test("case 22: async functions, generators and async generators", async () => {
  async function later(x: number): Promise<number> {
    await Promise.resolve();
    return x + constant;
  }
  function* count(n: number): Generator<number> {
    for (let i = 0; i < n; i++) yield i * constant;
  }
  async function* countLater(): AsyncGenerator<number> {
    yield constant;
  }
  assert.equal(await worker.run(later, 1), 43);
  assert.deepEqual(await worker.run(() => [...count(3)]), [0, 42, 84]);
  const all = await worker.run(async () => {
    const seen: number[] = [];
    for await (const each of countLater()) seen.push(each);
    return seen;
  });
  assert.deepEqual(all, [42]);
});

test("case 23: default parameters and destructuring", async () => {
  const d = 4;
  assert.equal(await worker.run((a: number, b = d + constant) => a + b, 1), 47);
  const z = 2;
  const take = (
    { a, b: [c = z, ...r] }: { a: number; b: (number | undefined)[] },
    ...rest: number[]
  ): unknown[] => [a, c, r, rest];
  assert.deepEqual(await worker.run(take, { a: 1, b: [undefined, 3] }, 4), [1, 2, [3], [4]]);
  class Command {
    input: unknown;
    constructor(...[input]: unknown[]) {
      this.input = input;
    }
  }
  assert.equal(await worker.run(() => new Command(5).input), 5);
});

test("case 24: an arrow over `this` or `arguments` is refused, one at the top of a module is not", async () => {
  class Holder {
    z = 1;
    f = (): number => this.z;
  }
  assert.match(refusal(new Holder().f).message, /uses `this` of the code around it\. Store `this`/);
  const outer = function (..._numbers: number[]): () => number {
    // oxlint-disable-next-line prefer-rest-params -- what is tested
    return () => arguments.length;
  };
  assert.match(refusal(outer(1, 2)).message, /uses `arguments` of the function around it/);
  function Target(): () => unknown {
    return () => new.target;
  }
  assert.match(refusal(Target()).message, /uses `new\.target` of the function around it/);
  assert.equal(await worker.run(topArrow), "undefined");
});
const topArrow = (): string => typeof this;

test("case 25: a bound function brings its this and arguments", async () => {
  const bound = function (this: { q: string }, a: number, b: number): unknown[] {
    return [this.q, a, b, constant];
  }.bind({ q: "Q" }, 1);
  assert.deepEqual(await worker.run(bound, 2), ["Q", 1, 2, 42]);
  const native = Array.prototype.slice.bind([1, 2, 3]);
  assert.deepEqual(await worker.run(native, 1), [2, 3]);
});

test("case 26: natives and aliased natives are found by identity", async () => {
  assert.equal(await worker.run(Math.max, 1, 3, 2), 3);
  const define = Object.defineProperty;
  const { isArray } = Array;
  const { log } = console;
  const clone = structuredClone;
  const fetchAlias = fetch;
  assert.deepEqual(
    await worker.run(() => [
      define({ a: 0 }, "a", { value: 1 }).a,
      isArray([]),
      typeof log,
      clone({ a: 1 }).a,
      typeof fetchAlias,
    ]),
    [1, true, "function", 1, "function"],
  );
});

test("functions with properties, and old-style classes, keep what was added to them", async () => {
  const counted = Object.assign(() => counted.calls, { calls: 3 });
  assert.equal(await worker.run(counted), 3);
  function Old(this: { a: number }, a: number): void {
    this.a = a;
  }
  Old.prototype.get = function (this: { a: number }): number {
    return this.a + constant;
  };
  Old.count = 5;
  const Constructor = Old as unknown as { new (a: number): { get(): number }; count: number };
  assert.deepEqual(await worker.run(() => [new Constructor(1).get(), Constructor.count]), [43, 5]);
});

test("names that a text declares in blocks, loops and catch clauses are not taken for captured ones", async () => {
  const value = "outer";
  const shadowing = (): unknown[] => {
    const seen: unknown[] = [value];
    {
      const value = "block";
      seen.push(value);
    }
    for (const value of ["loop"]) seen.push(value);
    try {
      throw new Error("caught");
    } catch (value) {
      seen.push((value as Error).message);
    }
    switch (seen.length) {
      default: {
        const value = "switch";
        seen.push(value);
      }
    }
    return seen;
  };
  assert.deepEqual(await worker.run(shadowing), ["outer", "block", "loop", "caught", "switch"]);
});
