// What a user writes with locks, values and managers of processes, and what the compiler says to it.
import { expectTypeOf } from "expect-type";
import {
  Barrier,
  Condition,
  type DictProxy,
  Event,
  type Guard,
  type ListProxy,
  Lock,
  Manager,
  type Queue,
  RLock,
  Semaphore,
  Array as SharedArray,
  Value,
} from "ungil/multiprocessing";

class Counter {
  #n: number;
  label = "counts";
  constructor(n: number, _step?: number) {
    this.#n = n;
  }
  get value(): number {
    return this.#n;
  }
  increment(by = 1): number {
    this.#n += by;
    return this.#n;
  }
  async later(): Promise<string> {
    return this.label;
  }
  _own(): void {}
}

export async function locks(): Promise<void> {
  const lock = new Lock();
  using guard = await lock.acquire({ timeout: 5, signal: new AbortController().signal });
  expectTypeOf(guard).toEqualTypeOf<Guard>();
  expectTypeOf(await lock.tryAcquire()).toEqualTypeOf<Guard | undefined>();
  expectTypeOf(guard.abandoned).toEqualTypeOf<boolean>();
  // @ts-expect-error there is no such option
  await lock.acquire({ time: 5 });
  // @ts-expect-error a lock takes nothing
  void new Lock(1);
  void new Semaphore(2, { reclaim: false });
  void new Condition(new RLock());
  // @ts-expect-error only a lock
  void new Condition({});
  const condition = new Condition(lock);
  expectTypeOf(await condition.wait({ timeout: 1 })).toEqualTypeOf<boolean>();
  expectTypeOf(await condition.waitFor(async () => 5)).toEqualTypeOf<number>();
  expectTypeOf(await new Event().wait()).toEqualTypeOf<boolean>();
  const barrier = new Barrier(2, { action: () => {}, timeout: 5 });
  expectTypeOf(await barrier.wait()).toEqualTypeOf<number>();
  // @ts-expect-error how many?
  void new Barrier();
}

export async function values(): Promise<void> {
  const count = new Value("int32", 0);
  expectTypeOf(await count.get()).toEqualTypeOf<number>();
  const big = new Value("q", 0n, { lock: false });
  expectTypeOf(await big.add(1n)).toEqualTypeOf<bigint>();
  // @ts-expect-error a bigint is wanted
  await big.set(1);
  // @ts-expect-error a number is wanted
  void new Value("d", 1n);
  // @ts-expect-error no such type
  void new Value("x", 1);
  const numbers = new SharedArray("d", 10);
  expectTypeOf(await numbers.slice()).toEqualTypeOf<Float64Array<ArrayBuffer>>();
  expectTypeOf(await new SharedArray("uint64", [1n]).slice()).toEqualTypeOf<BigUint64Array<ArrayBuffer>>();
  for await (const each of numbers) expectTypeOf(each).toEqualTypeOf<number>();
}

export async function managers(): Promise<void> {
  await using manager = await new Manager()
    .register("Counter", Counter)
    .register("label", (n: number) => `label ${n}`)
    .register("pages", async () => new Map<string, number>())
    .start();
  const counter = await manager.create("Counter", 5);
  expectTypeOf(counter.increment).toEqualTypeOf<(by?: number) => Promise<number>>();
  expectTypeOf(counter.later()).toEqualTypeOf<Promise<string>>();
  expectTypeOf(counter.value).toEqualTypeOf<Promise<number>>();
  expectTypeOf(counter.label).toEqualTypeOf<Promise<string>>();
  // @ts-expect-error its own
  counter._own;
  // @ts-expect-error fields can be read only
  counter.label = "x";
  // @ts-expect-error what the class is given
  await manager.create("Counter", "5");
  // @ts-expect-error not registered
  await manager.create("Nothing");
  expectTypeOf(await manager.create("label", 1)).toEqualTypeOf<string>();
  const pages = await manager.create("pages");
  expectTypeOf(pages.get("a")).toEqualTypeOf<Promise<number | undefined>>();
  expectTypeOf(pages.size).toEqualTypeOf<Promise<number>>();
  const direct = await manager.create(Counter, 1, 2);
  expectTypeOf(direct.increment()).toEqualTypeOf<Promise<number>>();

  const dict = await manager.dict({ tea: 2 });
  expectTypeOf(await dict.get("tea")).toEqualTypeOf<number | undefined>();
  // @ts-expect-error a number is wanted
  await dict.set("tea", "2");
  expectTypeOf(await manager.dict<string, number>()).toEqualTypeOf<DictProxy<string, number>>();
  expectTypeOf(await manager.dict([[1, "a"]])).toEqualTypeOf<DictProxy<number, string>>();
  await dict.update("tea", (old) => (old ?? 0) + 1);
  await dict.update("tea", (old) => old + 1, 0);
  expectTypeOf(await manager.list([1])).toEqualTypeOf<ListProxy<number>>();
  const state = await manager.Namespace({ phase: "loading", done: 0 });
  expectTypeOf(await state.get("phase")).toEqualTypeOf<string>();
  // @ts-expect-error no such name
  await state.get("other");
  expectTypeOf(await manager.Queue<string>(5)).toEqualTypeOf<Queue<string>>();
  expectTypeOf(await manager.Value("i", 1)).toEqualTypeOf<Value<"i">>();
  const other = await Manager.connect<{ Counter: typeof Counter; jobs: () => Queue<string> }>({
    address: manager.address,
    authkey: manager.authkey,
  });
  expectTypeOf(await other.create("jobs")).toEqualTypeOf<Queue<string>>();
  expectTypeOf((await other.create("Counter", 1)).increment(1)).toEqualTypeOf<Promise<number>>();
}
