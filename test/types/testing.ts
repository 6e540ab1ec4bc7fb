// `ungil/testing` from the side of a third party.
import { describe, test } from "node:test";
import { expectTypeOf } from "expect-type";
import { type Clock, type Executor, Future } from "ungil";
import {
  type ContractExecutorOptions,
  executorContract,
  Gate,
  manualClock,
  sharedCells,
  until,
} from "ungil/testing";

declare const MyExecutor: new (options?: {
  readonly maxWorkers?: number;
  readonly maxQueue?: number;
}) => Executor;

executorContract({ name: "MyExecutor", create: (options) => new MyExecutor(options) });
executorContract({
  name: "MyExecutor",
  create: () => new MyExecutor(),
  capabilities: { isolated: true, boundedQueue: false },
  test,
  describe,
  seed: 5,
  limit: 1_000,
});
// @ts-expect-error what is made is no executor
executorContract({ name: "wrong", create: () => ({}) });
// @ts-expect-error no such capability
executorContract({ name: "wrong", create: () => new MyExecutor(), capabilities: { fast: true } });
expectTypeOf<ContractExecutorOptions["maxWorkers"]>().toEqualTypeOf<number | undefined>();

const clock = manualClock();
expectTypeOf(clock).toExtend<Clock>();
expectTypeOf(clock.advance(5)).toEqualTypeOf<Promise<void>>();
Future.withResolvers<number>({ clock });
expectTypeOf(new Gate().arrived(2)).toEqualTypeOf<Promise<void>>();
expectTypeOf(until(() => true, "so")).toEqualTypeOf<Promise<void>>();
expectTypeOf(sharedCells(4)).toExtend<Int32Array>();
