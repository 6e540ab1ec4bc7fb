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
