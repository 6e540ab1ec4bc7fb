// For programs that are tests themselves: each check sends one function to a worker; the end prints what came.
import { inspect, isDeepStrictEqual } from "node:util";
import { TestWorker } from "./harness.js";

export interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly got: string;
}

const results: Result[] = [];
let worker: TestWorker | undefined;

/** Sends the function that `make` gives, calls it with `args`, and compares. A pattern expects a refusal. */
export async function check(
  name: string,
  make: () => (...args: never[]) => unknown,
  expected: unknown,
  ...args: unknown[]
): Promise<void> {
  worker ??= new TestWorker((process.env["UNGIL_TEST_WORKER"] as "process" | undefined) ?? "thread");
  let got: unknown;
  try {
    got = await worker.run(make(), ...args);
  } catch (error) {
    got = error;
  }
  const ok =
    expected instanceof RegExp
      ? got instanceof Error &&
        expected.test(`${got.message}\n${(got as { remoteStack?: string }).remoteStack}`)
      : isDeepStrictEqual(got, expected);
  results.push({ name, ok, got: inspect(got) });
}

/** Notes a fact that needs no worker. */
export function note(name: string, ok: boolean, got: unknown = ok): void {
  results.push({ name, ok, got: inspect(got) });
}

export async function finish(): Promise<void> {
  await worker?.close();
  console.log(`\nRESULTS ${JSON.stringify(results)}`);
}
