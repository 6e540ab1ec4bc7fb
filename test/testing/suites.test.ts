// What the suites do with bad arguments, and with executors that don't end.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AsyncExecutor, type Executor, InvalidArgumentError } from "ungil";
import { executorContract, executorFaults } from "ungil/testing";

const limit = { timeout: 60_000 };

interface Registered {
  readonly name: string;
  readonly skip: string | undefined;
  readonly body: () => Promise<void>;
}

type Suite = (options: Record<string, unknown>) => void;

const suites: [name: string, argument: string, suite: Suite][] = [
  ["executorContract", "contract", executorContract as unknown as Suite],
  ["executorFaults", "faults", executorFaults as unknown as Suite],
];

/** A test framework that only notes what is registered. */
function framework(): { tests: Registered[]; options: Record<string, unknown> } {
  const tests: Registered[] = [];
  return {
    tests,
    options: {
      test: (name: string, { skip }: { skip?: string }, body: () => Promise<void>) =>
        tests.push({ name, skip, body }),
      describe: (_name: string, body: () => void) => body(),
    },
  };
}

for (const [suiteName, argument, suite] of suites) {
  describe(suiteName, () => {
    const create = (): Executor => new AsyncExecutor();

    test("refuses bad arguments by their names, and registers nothing then", () => {
      const bad: [given: Record<string, unknown>, name: string][] = [
        [{ name: undefined }, "name"],
        [{ name: "" }, "name"],
        [{ create: undefined }, "create"],
        [{ create: 5 }, "create"],
        [{ test: {} }, "test"],
        [{ describe: "describe" }, "describe"],
        [{ limit: 0 }, "limit"],
        [{ limit: "1000" }, "limit"],
        [{ seed: Number.NaN }, "seed"],
        [{ capabilites: { isolated: true } }, "capabilites"],
        [{ capabilities: 5 }, "capabilities"],
        [{ capabilities: { isolatd: true } }, "capabilities.isolatd"],
        [{ capabilities: { isolated: "yes" } }, "capabilities.isolated"],
        [{ capabilities: { queues: null } }, "capabilities.queues"],
      ];
      if (argument === "faults")
        bad.push(
          [{ workers: 0 }, "workers"],
          [{ workers: 1.5 }, "workers"],
          [{ allowance: -1 }, "allowance"],
        );
      for (const [given, name] of bad) {
        const { tests, options } = framework();
        assert.throws(
          () => suite({ name: "AsyncExecutor", create, ...options, ...given }),
          (error: unknown) => {
            assert.ok(error instanceof InvalidArgumentError, name);
            assert.equal(error.argument, `${argument}.${name}`);
            return true;
          },
        );
        assert.equal(tests.length, 0, name);
      }
      assert.throws(() => suite(undefined as never), InvalidArgumentError);
      const { tests, options } = framework();
      suite({
        name: "AsyncExecutor",
        create,
        ...options,
        capabilities: { isolated: undefined },
        seed: undefined,
      });
      assert.ok(tests.length > 0);
    });

    test(
      "tells the failure of a test, though the executor fails to end or does not end at all",
      limit,
      async () => {
        const endings: (() => Promise<void>)[] = [
          () => Promise.reject(new Error("does not end")),
          () => {
            throw new Error("does not even begin to end");
          },
          () => new Promise(() => {}),
        ];
        for (const terminate of endings) {
          const broken = (): Executor => {
            const executor = new AsyncExecutor();
            const submit = (): never => {
              throw new RangeError("the defect");
            };
            return Object.assign(executor, { submit, map: submit, terminate });
          };
          const { tests, options } = framework();
          suite({ name: "Broken", create: broken, ...options });
          const failing = tests.find(({ skip, name }) => !skip && /answer|task/.test(name));
          await assert.rejects(failing!.body, /the defect/, failing!.name);
        }
      },
    );
  });
}
