// What a user writes with streams and primitives, and what the compiler says to it.
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream, ReadableWritablePair } from "node:stream/web";
import { expectTypeOf } from "expect-type";
import type { Executor, TaskStream, TaskTransform } from "ungil";
import {
  AsyncExecutor,
  Condition,
  type Guard,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
} from "ungil/asyncio";

declare const executor: Executor;
const parse = (text: string): number => Number(text);
const load = async (url: string): Promise<Uint8Array> => new TextEncoder().encode(url);

// ---- transforms ----
expectTypeOf(executor.map(parse)).toEqualTypeOf<TaskTransform<string, number>>();
expectTypeOf(executor.map(load)).toEqualTypeOf<TaskTransform<string, Uint8Array>>();
expectTypeOf(executor.map(parse)(["1"])).toEqualTypeOf<TaskStream<number>>();
expectTypeOf(executor.map(parse).with({ ordered: false })).toEqualTypeOf<TaskTransform<string, number>>();
expectTypeOf(executor.map(parse).with({ errors: "settle" })).toEqualTypeOf<
  TaskTransform<string, PromiseSettledResult<number>>
>();
expectTypeOf(executor.map(parse).toWeb()).toEqualTypeOf<ReadableWritablePair<number, string>>();
// @ts-expect-error -- the items are text
executor.map(parse)([1]);
// @ts-expect-error -- there are no items for which there would be places
executor.map(parse).with({ into: Float64Array });

// ---- streams in and out ----
expectTypeOf(executor.map(parse, ["1"]).toReadable()).toEqualTypeOf<Readable>();
expectTypeOf(executor.map(parse, ["1"]).toReadableStream()).toEqualTypeOf<ReadableStream<number>>();
declare const web: ReadableStream<string>;
expectTypeOf(executor.map(parse, web)).toEqualTypeOf<TaskStream<number>>();
executor.map((chunk: Buffer) => chunk.length, new Readable());
void pipeline(new Readable(), executor.map(parse), new PassThrough());
void pipeline(["1"], executor.map(parse), executor.map(String), new PassThrough(), {
  signal: AbortSignal.timeout(1),
});
web.pipeThrough(executor.map(parse).toWeb());

// ---- limits ----
export const limited = new AsyncExecutor({
  rateLimit: { tasks: 1, interval: 1_000, spread: true },
  maxPerKey: (key) => (key ? 1 : 2),
});
executor.with({ key: "host" }).submit(load, "url");
// @ts-expect-error -- an interval belongs to it
export const unlimited = new AsyncExecutor({ rateLimit: { tasks: 1 } });

// ---- primitives ----
expectTypeOf(new Lock().acquire({ timeout: 1, signal: AbortSignal.timeout(1) })).toEqualTypeOf<
  Promise<Guard>
>();
expectTypeOf(new Semaphore(2).tryAcquire()).toEqualTypeOf<Guard | undefined>();
expectTypeOf(new Condition(new Lock()).waitFor(() => "text")).toEqualTypeOf<Promise<string>>();
expectTypeOf(new Queue<number>(10).get()).toEqualTypeOf<Promise<number>>();
export const queues: Queue<string>[] = [new Queue(), new LifoQueue(), new PriorityQueue()];
export const byDate = new PriorityQueue<{ due: number }>(0, { compare: (one, other) => one.due - other.due });
// @ts-expect-error -- numbers belong in it
void new Queue<number>().put("text");
// @ts-expect-error -- only items are named by the loop
for await (const item of new Queue<number>()) item.length;
