import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { InvalidArgumentError, InvalidStateError, ProcessPoolExecutor, SerializationError } from "ungil";
import { ShareableList, type ShareableValue, SharedMemory, SharedMemoryManager } from "ungil/multiprocessing";
import { blocksFolder, isThere, skip } from "./support/blocks.js";

const limit = { timeout: 60_000, skip };

function listOf(t: { after(fn: () => void): void }, items: ShareableValue[]): ShareableList {
  const list = new ShareableList(items);
  t.after(() => {
    list.shm.close();
    list.shm.unlink();
  });
  return list;
}

const isArgument = (argument: string) => (error: unknown) =>
  error instanceof InvalidArgumentError && error.argument === argument;

const values: ShareableValue[] = [
  1.5,
  -7n,
  true,
  false,
  null,
  "höher",
  "",
  new Uint8Array([1, 0, 2]),
  -0,
  2n ** 62n,
];

test("L5: a list holds its values with their types, here and where it is attached to", limit, (t) => {
  const list = listOf(t, values);
  assert.equal(list.length, values.length);
  assert.deepEqual([...list], values);
  using other = new ShareableList({ name: list.shm.name });
  assert.deepEqual([...other], values);
  other.set(0, 2.5);
  assert.equal(list.get(0), 2.5);
  assert.equal(list.get(-1), 2n ** 62n);
  assert.match(inspect(list), /^<ShareableList ungil_\w+ length=10>$/);
});

test(
  "L5: a slot takes a value of another type; a text has the room of its slot, and not a byte more",
  limit,
  (t) => {
    const list = listOf(t, [1, "12345678", new Uint8Array(3)]);
    list.set(0, "12345678");
    assert.throws(() => list.set(0, "123456789"), isArgument("value"));
    assert.throws(() => list.set(0, "1234567ä"), isArgument("value"));
    list.set(1, "1234567890123456");
    assert.throws(() => list.set(1, new Uint8Array(17)), isArgument("value"));
    list.set(2, null);
    assert.deepEqual([...list], ["12345678", "1234567890123456", null]);
    for (const value of [true, 5n, 0.1]) {
      list.set(1, value);
      assert.equal(list.get(1), value);
    }
    list.set(1, "short");
    assert.equal(list.get(1), "short");
  },
);

test("L5: an index that the list does not have is refused", limit, (t) => {
  const list = listOf(t, [1, 2, 3]);
  for (const index of [3, -4, 0.5, Number.NaN, "0", undefined]) {
    assert.throws(() => list.get(index as number), isArgument("index"), String(index));
    assert.throws(() => list.set(index as number, 1), isArgument("index"), String(index));
  }
  const empty = listOf(t, []);
  assert.throws(() => empty.get(0), /the list is empty/);
  assert.deepEqual([[...empty], empty.length, empty.format], [[], 0, ""]);
});

test("L5: what no slot can hold is refused before there is a block", limit, (t) => {
  for (const value of [undefined, {}, [], 2n ** 63n, "\ud800", Symbol("s"), () => {}])
    assert.throws(() => new ShareableList([0, value as never]), isArgument("items[1]"), String(value));
  const list = listOf(t, [0]);
  assert.throws(() => list.set(0, undefined as never), isArgument("value"));
  for (const items of [null, undefined, 5])
    assert.throws(() => new ShareableList(items as never), InvalidArgumentError);
});

test("L5: count and index find values as `includes` compares, bytes by what they are", limit, (t) => {
  const list = listOf(t, [1, 1n, "1", 1, Number.NaN, null, new Uint8Array([1]), 0]);
  assert.deepEqual([list.count(1), list.count(1n), list.count("1"), list.count("2")], [2, 1, 1, 0]);
  assert.deepEqual([list.count(Number.NaN), list.count(-0), list.count(null)], [1, 1, 1]);
  assert.deepEqual([list.index(1), list.index(Number.NaN), list.index(new Uint8Array([1]))], [0, 4, 6]);
  assert.throws(() => list.index(2), isArgument("value"));
  assert.equal(list.format, "dq1sddxxxxxx?x1sd");
});

test("L5: memory that holds no list is refused", limit, (t) => {
  const block = new SharedMemory({ create: true, size: 100 });
  t.after(() => block.unlink());
  block.array(BigInt64Array).fill(77n);
  assert.throws(() => new ShareableList({ name: block.name }), isArgument("name"));
  block.array(BigInt64Array).fill(-1n);
  assert.throws(() => new ShareableList({ name: block.name }), isArgument("name"));
  block.close();
});

test("L5: a closed list says so", limit, (t) => {
  const list = listOf(t, [1]);
  list.shm.close();
  for (const use of [() => list.get(0), () => list.set(0, 1), () => [...list], () => list.format])
    assert.throws(use, InvalidStateError);
});

test("L5: a task gets a list as the same list", limit, async (t) => {
  const list = listOf(t, [0, "name", null]);
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const task = (shared: ShareableList) => {
    shared.set(0, shared.length);
    shared.set(1, "task");
    return shared;
  };
  using again = await pool.submit(task, list);
  assert.deepEqual([...list], [3, "task", null]);
  assert.deepEqual([again instanceof ShareableList, again.shm.name], [true, list.shm.name]);
  await pool.submit(() => list.set(2, 9n));
  assert.equal(again.get(2), 9n);
});

const value = fc.oneof(
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("\0", "a") }),
  fc.uint8Array({ max: 3 }),
  fc.constant(null),
);

test(
  "L5: whatever is put into a list is what is read from it, or is refused and changes nothing",
  limit,
  () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(7), value), { maxLength: 12 }),
        (items, changes) => {
          using list = new ShareableList(items);
          using other = new ShareableList({ name: list.shm.name });
          list.shm.unlink();
          const model = [...items];
          for (const [index, next] of changes) {
            if (index >= model.length) continue;
            try {
              list.set(index, next);
              model[index] = next;
            } catch (error) {
              assert.ok(isArgument("value")(error), String(error));
            }
          }
          assert.deepEqual([...other], model);
        },
      ),
      { numRuns: 150 },
    );
  },
);

test("L5: Python's ShareableList reads and writes the same list", limit, (t) => {
  const python = spawnSync("python3", ["-c", "from multiprocessing import shared_memory"]);
  if (python.status !== 0 || blocksFolder !== "/dev/shm") return t.skip("no Python here, or no /dev/shm");
  const list = listOf(t, [1.5, -7n, true, null, "höher", new Uint8Array([1, 2]), 0]);
  const program = [
    "import sys",
    "from multiprocessing import shared_memory, resource_tracker",
    "items = shared_memory.ShareableList(name=sys.argv[1])",
    "resource_tracker.unregister(items.shm._name, 'shared_memory')",
    "print(list(items))",
    "items[0], items[1], items[2], items[3], items[4], items[6] = 'text', 2.5, None, 3, b'by', False",
    "print(list(items))",
    "items.shm.close()",
  ].join("\n");
  const { stdout, stderr } = spawnSync("python3", ["-c", program, list.shm.name], { encoding: "utf8" });
  assert.deepEqual(
    [stderr, stdout.split("\n")[0]],
    ["", "[1.5, -7, True, None, 'höher', b'\\x01\\x02', 0.0]"],
  );
  assert.deepEqual(
    [...list],
    ["text", 2.5, null, 3n, new Uint8Array(Buffer.from("by")), new Uint8Array([1, 2]), false],
  );
});

test("L5: a manager makes blocks and lists from start() on, and unlinks all at shutdown()", limit, () => {
  const manager = new SharedMemoryManager();
  for (const use of [() => manager.SharedMemory(8), () => manager.ShareableList([1])])
    assert.throws(
      use,
      (error: unknown) => error instanceof InvalidStateError && /call start/.test(error.message),
    );
  assert.equal(manager.start(), manager);
  assert.throws(() => manager.start(), InvalidStateError);
  using block = manager.SharedMemory(100);
  using list = manager.ShareableList(["a", 1]);
  const early = manager.SharedMemory(1);
  early.close();
  early.unlink();
  assert.throws(() => manager.SharedMemory(0), isArgument("size"));
  assert.deepEqual([block.size, [...list]], [100, ["a", 1]]);
  const names = [block.name, list.shm.name];
  assert.deepEqual(names.map(isThere), [true, true]);
  manager.shutdown();
  assert.deepEqual(names.map(isThere), [false, false]);
  // who has them open keeps them
  assert.deepEqual([block.array(Uint8Array).length, list.get(0)], [100, "a"]);
  manager.shutdown();
  for (const use of [() => manager.SharedMemory(8), () => manager.ShareableList([1]), () => manager.start()])
    assert.throws(use, InvalidStateError);
});

test("L5: `using` shuts a manager down, one that was never started too", limit, () => {
  let name: string;
  {
    using manager = new SharedMemoryManager().start();
    name = manager.SharedMemory(4).name;
    assert.ok(isThere(name));
  }
  assert.ok(!isThere(name));
  using unused = new SharedMemoryManager();
  void unused;
});

test("L5: a manager stays in the process that made it", limit, async () => {
  using manager = new SharedMemoryManager().start();
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  assert.throws(() => pool.submit(() => manager.SharedMemory(1)), /SharedMemoryManager can't be sent/);
  await assert.rejects(
    pool.submit((given: SharedMemoryManager) => given.SharedMemory(1), manager),
    SerializationError,
  );
});
