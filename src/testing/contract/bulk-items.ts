import assert from "node:assert/strict";
import { CancelledError, InvalidArgumentError } from "../../errors.js";
import type { Future } from "../../futures/future.js";
import { loadCell } from "../cells.js";
import * as tasks from "../tasks.js";
import type { Contract } from "./context.js";
import { assertError, rejection, thrown } from "./errors.js";

const numbers = (length: number): number[] => Array.from({ length }, (_, value) => value);

/** `map` into typed arrays, `forEach` and `reduce`. */
export function bulkItems(contract: Contract): void {
  const { waitAtItem } = contract;

  contract.test("map into a typed array: one of a class, or one that is there", [], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const expected = Float64Array.from(numbers(40));
    assert.deepEqual(
      await executor.map(tasks.identity<number>, numbers(40), { into: Float64Array }),
      expected,
    );
    const into = new Int16Array(41);
    assert.equal(await executor.map(tasks.identity<number>, numbers(40).values(), { into }), into);
    assert.deepEqual([...into], [...numbers(40), 0]);
    const odd = ["1"] as unknown as number[];
    assertError(
      await rejection(executor.map(tasks.identity<number>, odd, { into })),
      TypeError,
      /item 0 is of type string/,
    );
  });

  contract.test("map into a typed array: what can't be is an InvalidArgumentError", [], async (t) => {
    const executor = t.executor();
    const map = (options: object) => () =>
      executor.map(tasks.identity<number>, [1, 2], options as { into: Float64ArrayConstructor });
    for (const into of [Array, [], 8, null, "Float64Array", new DataView(new ArrayBuffer(8))]) {
      assertError(thrown(map({ into })), InvalidArgumentError, /^into must be /);
    }
    assertError(thrown(map({ into: new Int8Array(1) })), InvalidArgumentError, /long enough for 2 results/);
    assertError(thrown(map({ into: Int8Array, errors: "settle" })), InvalidArgumentError, /^errors must be /);
  });

  contract.test("forEach runs every item once and answers with a future of nothing", [], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const cells = t.cells(1);
    const items = numbers(30).map((value) => ({ cells, value }));
    assert.equal(await executor.forEach(tasks.countItem, items.values(), { chunksize: 8 }), undefined);
    assert.equal(loadCell(cells, 0), 30);
    assertError(
      await rejection(executor.forEach(tasks.failUnlessDivisible, numbers(9))),
      RangeError,
      /^item [147]$/,
    );
    const all = await rejection(
      executor.forEach(tasks.failUnlessDivisible, numbers(9), { errors: "settle" }),
    );
    assertError(all, AggregateError, /^3 of 9 items failed$/);
    assertError(
      thrown(() => executor.forEach(undefined as unknown as (item: number) => void, [1])),
      InvalidArgumentError,
      /^fn must be a function/,
    );
  });

  contract.test("reduce combines in the order of the items; initial comes first", [], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
    for (const chunksize of [1, 5, 30, "auto"] as const) {
      const text = executor.reduce(tasks.withIndex, letters, tasks.join, { chunksize });
      assert.equal(await text, letters.map((letter, index) => `${index}:${letter}`).join(""));
    }
    assert.equal(await executor.reduce(tasks.withIndex, ["a"], tasks.join, { initial: ">" }), ">0:a");
    assert.equal(await executor.reduce(tasks.withIndex, [], tasks.join, { initial: ">" }), ">");
    assertError(
      await rejection(executor.reduce(tasks.withIndex, [], tasks.join)),
      InvalidArgumentError,
      /^initial must be given/,
    );
    const failing = executor.reduce(tasks.failUnlessDivisible, [3, 4, 7], tasks.add);
    assertError(await rejection(failing), RangeError, /^item 4$/);
    assertError(
      thrown(() => executor.reduce(tasks.identity, [1], 1 as unknown as typeof tasks.add)),
      InvalidArgumentError,
      /^combine must be a function/,
    );
  });

  contract.test("abort of a forEach or a reduce stops what runs and what waits", ["pending"], async (t) => {
    for (const call of ["forEach", "reduce"] as const) {
      const executor = t.executor({ maxWorkers: 1 });
      const gate = t.gate();
      const items = numbers(20).map((value) => ({ cells: gate.cells, value }));
      const future: Future<unknown> =
        call === "forEach"
          ? executor.forEach(waitAtItem, items)
          : executor.reduce(waitAtItem, items, tasks.add);
      await gate.arrived(1);
      future.abort("enough");
      gate.open();
      const error = await rejection(future);
      assertError(error, CancelledError);
      assert.equal(error.cause, "enough");
      assert.equal(future.state, "cancelled");
      await executor.shutdown();
      assert.equal(gate.arrivals, 1);
    }
  });
}
