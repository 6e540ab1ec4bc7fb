// What must and must not compile of the laboratory.
import { expectTypeOf } from "expect-type";
import { ThreadPoolExecutor } from "ungil";
import {
  type Advice,
  advise,
  asyncio,
  checkpoint,
  type Experiment,
  type ExperimentReport,
  experiments,
  type Figure,
  fitUsl,
  Gil,
  type GilStats,
  type GilTimeline,
  interleave,
  noGain,
  type PythonResult,
  python,
  type Spread,
  type Summary,
  type Table,
  tableOf,
} from "ungil/lab";
import { attach, type ExecutionLock, type Guard, Lock } from "ungil/threading";

const gil = new Gil({ switchInterval: 5, events: 100 });
expectTypeOf(gil).toExtend<ExecutionLock>();
expectTypeOf(gil.acquire({ signal: AbortSignal.abort() })).resolves.toEqualTypeOf<Guard>();
expectTypeOf(gil.acquireSync({ timeout: 1 })).toEqualTypeOf<Guard>();
// @ts-expect-error a blocked thread sees no signal
gil.acquireSync({ signal: AbortSignal.abort() });
expectTypeOf(gil.allowThreads(() => 3)).toEqualTypeOf<number>();
expectTypeOf(gil.allowThreads(async () => "x")).resolves.toEqualTypeOf<string>();
expectTypeOf(gil.io(Promise.resolve(3))).resolves.toEqualTypeOf<number>();
expectTypeOf(gil.io(new ThreadPoolExecutor().submit(() => "x"))).resolves.toEqualTypeOf<string>();
expectTypeOf(gil.run(() => 3)).toEqualTypeOf<number>();
expectTypeOf(gil.stats()).toEqualTypeOf<GilStats>();
expectTypeOf(gil.timeline()).toEqualTypeOf<GilTimeline>();
expectTypeOf(checkpoint()).toEqualTypeOf<boolean>();
expectTypeOf(attach(gil.handle)).toEqualTypeOf<Gil>();
void new ThreadPoolExecutor({ gil });
// @ts-expect-error a lock is no Gil
void new ThreadPoolExecutor({ gil: new Lock() });
// @ts-expect-error in ms, as a number
gil.switchInterval = "5";

const advice = await advise((text: string, index: number) => text.length + index, ["a", "b"], {
  budget: 1_000,
});
expectTypeOf(advice).toEqualTypeOf<Advice>();
expectTypeOf(advice.gain).toEqualTypeOf<Spread>();
expectTypeOf(advice.plan.executor).toEqualTypeOf<"inline" | "async" | "thread" | "process">();
expectTypeOf(advice.breakEven).toEqualTypeOf<number | undefined>();
void advise(async (n: number) => n, [1, 2] as const);
// @ts-expect-error samples are what the function takes
void advise((n: number) => n, ["a", "b"]);
// @ts-expect-error in ms, as a number
void advise((n: number) => n, [1, 2], { budget: "10s" });
expectTypeOf(
  noGain({ tasks: 2, work: 10, rounds: 3, signal: AbortSignal.timeout(1) }),
).resolves.toHaveProperty("gilGain");
expectTypeOf((await asyncio()).together).toEqualTypeOf<Summary>();
expectTypeOf(python({ commands: ["python3"] })).resolves.toEqualTypeOf<PythonResult>();
// @ts-expect-error in ms, as a number
void asyncio({ wait: "1s" });
// @ts-expect-error there is no such option
void noGain({ threads: 3 });
expectTypeOf(experiments).toEqualTypeOf<readonly Experiment[]>();
expectTypeOf(experiments[0]!.run({ effort: "quick" })).resolves.toEqualTypeOf<ExperimentReport>();
// @ts-expect-error no such effort
void experiments[0]!.run({ effort: "slow" });
declare const figure: Figure;
expectTypeOf(tableOf(figure)).toEqualTypeOf<Table>();
expectTypeOf(fitUsl([{ workers: 1, throughput: 2 }]).peak).toEqualTypeOf<number>();
// @ts-expect-error a load has a throughput
fitUsl([{ workers: 1 }]);
expectTypeOf(interleave(new Map([["a", () => 1]]), { rounds: 1 })).resolves.toEqualTypeOf<
  Map<string, number[]>
>();
