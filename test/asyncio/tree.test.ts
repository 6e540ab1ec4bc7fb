// Contract item Q5: finding out what hangs.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allTasks,
  createTask,
  currentAsyncTask,
  formatTaskTree,
  gather,
  run,
  sleep,
  type Task,
  type TaskInfo,
  taskGroup,
  taskTree,
  timeout,
} from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { foreign, turn } from "./support/turn.js";

const forever = Number.POSITIVE_INFINITY;

/** A tree without what differs from run to run. */
const shape = (tree: readonly TaskInfo[]): unknown[] =>
  tree.map(({ name, waitingFor, children }) => [name, waitingFor.join(", "), ...shape(children)]);

test("Q5 the tree has each live task below the one that created it, with what it waits for", async () => {
  const clock = manualClock();
  const gate = foreign();
  const hanging = async (): Promise<void> => {
    await timeout(60_000, () => sleep(forever));
  };
  const running = run(
    async function main() {
      await taskGroup(
        async (group) => {
          group.createTask(() => gate.promise, { name: "foreign" });
          group.createTask(hanging);
          const other = group.createTask(async () => await currentAsyncTask()?.name, { name: "short" });
          await other;
          group.createTask(() => gather([() => sleep(5)]), { name: "gathering" });
        },
        { name: "the group" },
      );
    },
    { clock },
  ).catch(() => {});
  await clock.advance(2_000);
  const tree = taskTree();
  assert.deepEqual(shape(tree), [
    ["main", "2 tasks of the group", ["foreign", ""], ["hanging", "sleep(Infinity)"]],
  ]);
  assert.deepEqual(
    tree[0]!.children.map(({ age, state, cancelling }) => [age, state, cancelling]),
    [
      [2_000, "running", 0],
      [2_000, "running", 0],
    ],
  );
  assert.equal(
    formatTaskTree(),
    [
      "main  running 2.0 s  waits for 2 tasks of the group",
      "├─ foreign  running 2.0 s  runs, or waits for a promise of other making",
      "└─ hanging  running 2.0 s  waits for sleep(Infinity)",
    ].join("\n"),
  );
  const foreignTask = allTasks().find(({ name }) => name === "foreign")!;
  foreignTask.cancel();
  assert.match(formatTaskTree(), /foreign {2}running 2\.0 s, asked to stop/);
  gate.resolve();
  for (const task of allTasks()) task.cancel();
  await running;
  assert.deepEqual(taskTree(), []);
  assert.equal(formatTaskTree(), "");
});

test("Q5 children of a task that has ended are below the one that created it", async () => {
  const gate = foreign();
  let child!: Task<unknown>;
  const top = createTask(
    async () => {
      await createTask(
        () => {
          child = createTask(() => gate.promise, { name: "child" });
        },
        { name: "middle" },
      );
      await child;
    },
    { name: "top" },
  );
  await turn();
  assert.deepEqual(shape(taskTree()), [["top", child.toString(), ["child", ""]]]);
  gate.resolve();
  await top;
  assert.deepEqual(allTasks(), []);
});

test("Q5 a task that has not begun says so", async () => {
  const task = createTask(() => 1, { name: "fresh" });
  assert.match(formatTaskTree(), /^fresh {2}pending 0\.0 s {2}has not begun$/);
  await task;
});
