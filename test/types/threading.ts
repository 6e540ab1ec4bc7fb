// What must and must not compile of locks and shared data.
import { expectTypeOf } from "expect-type";
import {
  attach,
  Barrier,
  Condition,
  type Guard,
  type Handle,
  Lock,
  Once,
  Queue,
  RingBuffer,
  RLock,
  RWLock,
  SharedArray,
  SharedValue,
} from "ungil/threading";

const lock = new Lock();
expectTypeOf(lock.acquire()).resolves.toEqualTypeOf<Guard>();
expectTypeOf(lock.acquireSync({ timeout: 1 })).toEqualTypeOf<Guard>();
expectTypeOf(lock.tryAcquire()).toEqualTypeOf<Guard | undefined>();
expectTypeOf(new RWLock().read.acquire()).resolves.toEqualTypeOf<Guard>();
// @ts-expect-error a blocked thread sees no signal
lock.acquireSync({ signal: AbortSignal.abort() });
expectTypeOf<{ abandoned: boolean }>().not.toExtend<Guard>();
// @ts-expect-error a condition is on a lock
void new Condition({ lock: {} });

expectTypeOf(new RLock().run(async () => 7)).resolves.toEqualTypeOf<number>();
expectTypeOf(new Condition().waitFor(() => "x")).resolves.toEqualTypeOf<string>();
expectTypeOf(new Once().run(() => {})).resolves.toEqualTypeOf<boolean>();
expectTypeOf(new Barrier(2).waitSync()).toEqualTypeOf<number>();
// @ts-expect-error how many have to come
void new Barrier();

expectTypeOf(new SharedValue("int32").value).toEqualTypeOf<number>();
expectTypeOf(new SharedValue("bigint64").add(1n)).toEqualTypeOf<bigint>();
// @ts-expect-error a bigint is no number
void new SharedValue("float64", 1n);
// @ts-expect-error no such type
void new SharedValue("int128");

const array = new SharedArray("float64", 3);
expectTypeOf(array).toExtend<Float64Array>();
expectTypeOf(array.lock).toEqualTypeOf<Lock | RLock>();
expectTypeOf(new SharedArray("bigint64", [1n])[0]).toEqualTypeOf<bigint | undefined>();
// @ts-expect-error numbers are no bigints
void new SharedArray("bigint64", [1]);

expectTypeOf(attach(lock.handle)).toEqualTypeOf<Lock>();
expectTypeOf(attach({} as Handle<SharedArray<"int32">>)).toExtend<Int32Array>();

interface Job {
  readonly id: number;
}
const queue = new Queue<Job>(10, { maxBytes: 1_024 });
expectTypeOf(
  queue.put({ id: 1 }, { timeout: 1, signal: AbortSignal.abort() }),
).resolves.toEqualTypeOf<void>();
expectTypeOf(queue.get()).resolves.toEqualTypeOf<Job>();
expectTypeOf(queue.getSync({ timeout: 1 })).toEqualTypeOf<Job>();
expectTypeOf(queue.getMany(5)).resolves.toEqualTypeOf<Job[]>();
expectTypeOf(queue.stats().maxBytes).toEqualTypeOf<number>();
expectTypeOf(attach(queue.handle)).toEqualTypeOf<Queue<Job>>();
for await (const { id } of queue) expectTypeOf(id).toEqualTypeOf<number>();
// @ts-expect-error an item of another type
queue.putNowait("job");
// @ts-expect-error a blocked thread sees no signal
queue.getSync({ signal: AbortSignal.abort() });

const ring = new RingBuffer(1_024);
expectTypeOf(ring.readExactly(new Uint8Array(4))).resolves.toExtend<Uint8Array>();
expectTypeOf(ring.readSome(new Uint8Array(4), { timeout: 1 })).resolves.toEqualTypeOf<number>();
// @ts-expect-error bytes only
ring.write("text");
