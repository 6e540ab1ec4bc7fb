import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import {
  FileExistsError,
  FileNotFoundError,
  InvalidArgumentError,
  InvalidStateError,
  MemoryError,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from "ungil";
import { type AttachSharedMemoryOptions, Process, SharedMemory } from "ungil/multiprocessing";
import type * as blockFile from "../../dist/multiprocessing/shared-memory/block-file.js";
import { blockOf, blocksFolder, inodeOf, isThere, remove, skip } from "./support/blocks.js";

const limit = { timeout: 60_000, skip };
const fixture = path.resolve("test/multiprocessing/fixtures/unbuilt/shared-memory.mjs");

test("L2: a new block holds zeros, has a name and exactly the size asked for", limit, (t) => {
  const block = blockOf(t, { size: 10_001 });
  assert.equal(block.size, 10_001);
  assert.equal(block.buffer.byteLength, 10_001);
  assert.ok(new Uint8Array(block.buffer).every((byte) => byte === 0));
  assert.match(block.name, /^ungil_[0-9a-f]{12}$/);
  assert.ok(isThere(block.name));
});

test("L2: a size that is 0, negative, missing or no whole number is an InvalidArgumentError", limit, () => {
  for (const size of [0, -1, undefined, 1.5, Number.NaN, "8", 2n ** 3n]) {
    assert.throws(
      () => new SharedMemory({ create: true, size: size as never }),
      (error: unknown) => error instanceof InvalidArgumentError && error.argument === "size",
      String(size),
    );
  }
});

test("L2: to attach needs a name, and a name that can be", limit, () => {
  for (const options of [undefined, null, {}, { create: false, size: 8 }, "name"]) {
    assert.throws(() => new SharedMemory(options as never), InvalidArgumentError, inspect(options));
  }
  for (const name of ["", "a\0b", "a/b", "/a", "..", ".hidden", "a\\b", "x".repeat(151), "\ud800", 5]) {
    for (const options of [{ name }, { create: true, size: 1, name }]) {
      assert.throws(
        () => new SharedMemory(options as never),
        (error: unknown) => error instanceof InvalidArgumentError && error.argument === "name",
        inspect(options),
      );
    }
  }
  assert.throws(() => new SharedMemory({ create: true, size: 8, nmae: "x" } as never), /did you mean name\?/);
  assert.throws(() => new SharedMemory({ create: 1, size: 8 } as never), InvalidArgumentError);
  assert.throws(
    () => new SharedMemory({ create: true, size: 8, track: "no" } as never),
    InvalidArgumentError,
  );
});

test("L2: a name that is taken is a FileExistsError, and what has it stays as it is", limit, (t) => {
  const block = blockOf(t, { size: 4 });
  block.array(Uint8Array)[0] = 7;
  const inode = inodeOf(block.name);
  assert.throws(
    () => new SharedMemory({ create: true, size: 9, name: block.name }),
    (error: unknown) =>
      error instanceof FileExistsError &&
      error.code === "ERR_UNGIL_FILE_EXISTS" &&
      error.file === path.join(blocksFolder, block.name),
  );
  assert.equal(inodeOf(block.name), inode);
  using again = new SharedMemory({ name: block.name });
  assert.deepEqual([again.size, again.array(Uint8Array)[0]], [4, 7]);
});

test("L2: a name that nobody has is a FileNotFoundError", limit, () => {
  assert.throws(
    () => new SharedMemory({ name: "ungil-nobody-has-this" }),
    (error: unknown) =>
      error instanceof FileNotFoundError &&
      error.code === "ERR_UNGIL_FILE_NOT_FOUND" &&
      error.file === path.join(blocksFolder, "ungil-nobody-has-this") &&
      (error.cause as NodeJS.ErrnoException).code === "ENOENT",
  );
});

test("L2: who attaches gets the size that there is, whatever was asked for", limit, (t) => {
  const block = blockOf(t, { size: 5_000 });
  for (const size of [1, 100_000, 0, -5]) {
    const options: AttachSharedMemoryOptions = { name: block.name, size };
    using again = new SharedMemory(options);
    assert.equal(again.size, 5_000);
  }
});

test("L2: a second unlink is a FileNotFoundError, also when another block has got the name", limit, (t) => {
  const first = blockOf(t, { size: 8, name: `ungil-test-${process.pid}-twice` });
  first.unlink();
  assert.throws(() => first.unlink(), FileNotFoundError);
  const second = blockOf(t, { size: 8, name: first.name });
  assert.throws(() => first.unlink(), FileNotFoundError);
  assert.ok(isThere(second.name));
  second.unlink();
  assert.ok(!isThere(second.name));
});

test("L2: a name that was made up and is taken is made up again", limit, async (t) => {
  const module = new URL("../../../dist/multiprocessing/shared-memory/block-file.js", import.meta.url);
  const { createBlock } = (await import(module.href)) as typeof blockFile;
  const taken = blockOf(t, { size: 8 });
  const free = `ungil-test-${process.pid}-free`;
  const names = [taken.name, taken.name, free];
  const file = createBlock(() => names.shift()!, 16, true);
  closeSync(file.fd);
  assert.deepEqual([file.name, file.size, names.length], [free, 16, 0]);
  using again = new SharedMemory({ name: free });
  assert.equal(again.size, 16);
  again.unlink();
  assert.equal(taken.array(Uint8Array).length, 8);
});

test(
  "L2: of processes that make a block of the same name at once, one makes it; nobody sees half of it",
  limit,
  async () => {
    const rounds = 60;
    const size = 300_000;
    await using pool = new ProcessPoolExecutor({ maxWorkers: 3 });
    const base = `ungil-test-${process.pid}-race`;
    const make = (prefix: string, count: number, bytes: number) => {
      const outcomes: string[] = [];
      for (let round = 0; round < count; round++) {
        try {
          new SharedMemory({ create: true, size: bytes, name: `${prefix}${round}` }).close();
          outcomes.push("made");
        } catch (error) {
          outcomes.push((error as Error).name);
        }
      }
      return outcomes;
    };
    const attach = (prefix: string, count: number) => {
      const seen: string[] = [];
      for (let round = 0; round < count; ) {
        try {
          const block = new SharedMemory({ name: `${prefix}${round}` });
          const bytes = block.array(Uint8Array);
          seen.push(`${bytes.length} ${bytes[bytes.length - 1]}`);
          block.close();
          round++;
        } catch (error) {
          if ((error as Error).name !== "FileNotFoundError") throw error;
        }
      }
      return new Set(seen);
    };
    const attaching = pool.submit(attach, base, rounds);
    const outcomes = await Promise.all([1, 2].map(() => pool.submit(make, base, rounds, size)));
    assert.deepEqual(await attaching, new Set([`${size} 0`]));
    for (let round = 0; round < rounds; round++) {
      assert.deepEqual(new Set(outcomes.map((each) => each[round])), new Set(["FileExistsError", "made"]));
      new SharedMemory({ name: `${base}${round}` }).unlink();
    }
  },
);

test("L2: the file of a block has all its room from the beginning, and is its maker's alone", limit, (t) => {
  const { name } = blockOf(t, { size: 1_000_000 });
  const { size, blocks, mode } = statSync(path.join(blocksFolder, name));
  assert.deepEqual([size, mode & 0o777], [1_000_000, 0o600]);
  // a block of memory that is not there when it is used would end the process by SIGBUS
  assert.ok(blocks * 512 >= 1_000_000, `${blocks} blocks`);
});

test("L2: what is no block can't be attached to", limit, (t) => {
  const file = path.join(blocksFolder, `ungil-test-${process.pid}-empty`);
  writeFileSync(file, "");
  t.after(() => rmSync(file, { force: true }));
  assert.throws(() => new SharedMemory({ name: path.basename(file) }), InvalidStateError);
});

test("L2: a block and all that attach to it are one memory", limit, (t) => {
  const block = blockOf(t, { size: 8 * 100 });
  using other = new SharedMemory({ name: block.name });
  block.array(Float64Array)[99] = Math.PI;
  assert.equal(other.array(Float64Array)[99], Math.PI);
  other.array(Float64Array)[0] = -1;
  assert.equal(new DataView(block.buffer).getFloat64(0, true), -1);
  assert.match(inspect(block), /^<SharedMemory ungil_[0-9a-f]{12} size=800>$/);
});

test("L2: array() is the part of the block that was asked for, and no other", limit, (t) => {
  const block = blockOf(t, { size: 26 });
  const bytes = block.array(Uint8Array);
  for (const index of bytes.keys()) bytes[index] = index;
  assert.equal(block.array(Int16Array, { byteOffset: 2, length: 1 })[0], 0x0302);
  assert.equal(block.array(Float64Array).length, 3);
  assert.equal(block.array(BigInt64Array, { byteOffset: 8 }).length, 2);
  assert.equal(block.array(Float64Array, { byteOffset: 24 }).length, 0);
  const bad: [string, Parameters<typeof block.array>[1]][] = [
    ["byteOffset", { byteOffset: 4 }],
    ["byteOffset", { byteOffset: -8 }],
    ["byteOffset", { byteOffset: 32 }],
    ["length", { length: 4 }],
    ["length", { length: -1 }],
    ["length", { byteOffset: 16, length: 2 }],
    ["lenght", { lenght: 2 } as never],
  ];
  for (const [argument, options] of bad) {
    assert.throws(
      () => block.array(Float64Array, options),
      (error: unknown) => error instanceof InvalidArgumentError && error.argument.endsWith(argument),
      inspect(options),
    );
  }
  assert.throws(() => block.array(Map as never), InvalidArgumentError);
  assert.throws(() => block.array("f8" as never), InvalidArgumentError);
});

test("L3: the contents stay when the creator closes the block, until somebody unlinks it", limit, (t) => {
  const block = blockOf(t, { size: 8 });
  block.array(Float64Array)[0] = 5;
  block.close();
  assert.ok(isThere(block.name));
  using again = new SharedMemory({ name: block.name });
  assert.equal(again.array(Float64Array)[0], 5);
  block.unlink();
  assert.throws(() => new SharedMemory({ name: block.name }), FileNotFoundError);
  // who has it keeps it
  assert.equal(again.array(Float64Array)[0], 5);
});

test(
  "L3: after close() the buffer and all arrays on it are empty, and the block says that it is closed",
  limit,
  (t) => {
    const block = blockOf(t, { size: 4_096 });
    const { buffer } = block;
    const array = block.array(Float64Array).fill(1);
    block.close();
    block.close();
    assert.deepEqual([buffer.byteLength, array.length, array[0]], [0, 0, undefined]);
    assert.throws(() => new Int32Array(buffer), TypeError);
    assert.throws(() => Atomics.load(new Int32Array(array.buffer), 0), TypeError);
    for (const use of [() => block.buffer, () => block.array(Uint8Array)])
      assert.throws(
        use,
        (error: unknown) => error instanceof InvalidStateError && error.message.includes(block.name),
      );
    assert.match(inspect(block), /closed>$/);
    assert.equal(block.size, 4_096);
  },
);

test("L3: `using` closes a block and leaves it to others", limit, (t) => {
  let kept: SharedMemory;
  {
    using block = new SharedMemory({ create: true, size: 8 });
    kept = block;
  }
  t.after(() => remove(kept));
  assert.throws(() => kept.buffer, InvalidStateError);
  using again = new SharedMemory({ name: kept.name });
  assert.equal(again.size, 8);
});

test("L3: memory that is used after close() never ends the process, whatever uses it", limit, () => {
  for (const flags of [[], ["--expose-gc"]]) {
    const { status, signal, stderr, stdout } = spawnSync(
      process.execPath,
      [...flags, fixture, "usesAfterClose"],
      { encoding: "utf8", timeout: 50_000 },
    );
    assert.deepEqual([status, signal, stderr, stdout], [0, null, "", "fine\n"]);
  }
});

test("L3: blocks that are forgotten give their memory back", limit, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", fixture, "forgets"], {
    encoding: "utf8",
    timeout: 50_000,
  });
  assert.deepEqual([status, stdout, stderr], [0, "0 mapped\n", ""]);
});

test("L3: shared memory can't be moved away", limit, (t) => {
  const block = blockOf(t, { size: 64 });
  const { buffer } = block;
  const { transfer } = buffer as unknown as { transfer?: () => ArrayBuffer };
  if (transfer) assert.throws(() => transfer.call(buffer), TypeError);
  try {
    structuredClone(buffer, { transfer: [buffer] });
  } catch {
    // from Node 21 on; before it is copied
  }
  assert.equal(buffer.byteLength, 64);
});

const executors = {
  process: () => new ProcessPoolExecutor({ maxWorkers: 2 }),
  thread: () => new ThreadPoolExecutor({ maxWorkers: 2 }),
} as const;

for (const [kind, make] of Object.entries(executors)) {
  test(`L3: a block that a ${kind} is given as an argument is the same memory`, limit, async (t) => {
    await using pool = make();
    const block = blockOf(t, { size: 8 * 1_000 });
    const numbers = block.array(Float64Array);
    numbers[3] = 4;
    const answer = await pool.submit((shared: SharedMemory) => {
      const there = shared.array(Float64Array);
      there[999] = there[3]! * 2;
      return [shared.name, shared.size, shared.constructor.name];
    }, block);
    assert.deepEqual(answer, [block.name, 8_000, "SharedMemory"]);
    assert.equal(numbers[999], 8);
  });

  test(`L3: a block that a function for a ${kind} captures is the same memory`, limit, async (t) => {
    await using pool = make();
    const block = blockOf(t, { size: 4 * 50 });
    await pool.map(
      (n: number) => {
        block.array(Int32Array)[n] = n * n;
      },
      Array.from({ length: 50 }, (_, i) => i),
    );
    assert.deepEqual(
      [...block.array(Int32Array)],
      Array.from({ length: 50 }, (_, i) => i * i),
    );
  });

  test(
    `L3: a block that a ${kind} makes and returns is the same memory, also after the worker's end`,
    limit,
    async (t) => {
      const pool = make();
      const block = await pool.submit(() => {
        const made = new SharedMemory({ create: true, size: 16 });
        made.array(Float64Array)[1] = 0.5;
        return made;
      });
      t.after(() => remove(block));
      assert.ok(block instanceof SharedMemory);
      await pool.shutdown();
      assert.equal(block.array(Float64Array)[1], 0.5);
      using again = new SharedMemory({ name: block.name });
      assert.equal(again.array(Float64Array)[1], 0.5);
    },
  );

  test(
    `L3: a block that is unlinked on its way to a ${kind} is a FileNotFoundError of that task`,
    limit,
    async (t) => {
      await using pool = make();
      const block = blockOf(t, { size: 16 });
      block.unlink();
      await assert.rejects(
        pool.submit((shared: SharedMemory) => shared.size, block),
        (error: unknown) => error instanceof FileNotFoundError && error.message.includes(block.name),
      );
      // not another one that has got its name since
      const second = blockOf(t, { size: 16, name: block.name });
      await assert.rejects(
        pool.submit((shared: SharedMemory) => shared.size, block),
        FileNotFoundError,
      );
      assert.equal(await pool.submit((shared: SharedMemory) => shared.size, second), 16);
    },
  );
}

test("L3: a Process gets a block as the same memory", limit, async (t) => {
  const block = blockOf(t, { size: 8 });
  const target = (shared: SharedMemory) => void shared.array(BigInt64Array).fill(2n ** 40n);
  const child = new Process({ target, args: [block] });
  child.start();
  await child.join();
  assert.equal(child.exitCode, 0);
  assert.equal(block.array(BigInt64Array)[0], 2n ** 40n);
});

test("L3: another program attaches by the name alone", limit, (t) => {
  const block = blockOf(t, { size: 8 });
  const { stdout, stderr } = spawnSync(process.execPath, [fixture, "addsOne", block.name], {
    encoding: "utf8",
  });
  assert.deepEqual([stdout, stderr], ["0\n", ""]);
  assert.equal(block.array(Float64Array)[0], 1);
  // its end was not that of the block
  assert.ok(isThere(block.name));
});

test("L3: Python's SharedMemory attaches to the same memory by the name alone", limit, (t) => {
  const program = [
    "import struct, sys",
    "from multiprocessing import shared_memory, resource_tracker",
    "block = shared_memory.SharedMemory(name=sys.argv[1])",
    "resource_tracker.unregister(block._name, 'shared_memory')",
    "struct.pack_into('d', block.buf, 8, struct.unpack_from('d', block.buf, 0)[0] * 2)",
    "block.close()",
  ].join("\n");
  const python = spawnSync("python3", ["-c", "from multiprocessing import shared_memory"]);
  if (python.status !== 0 || blocksFolder !== "/dev/shm") return t.skip("no Python here, or no /dev/shm");
  const block = blockOf(t, { size: 16 });
  const numbers = block.array(Float64Array);
  numbers[0] = 21;
  const { status, stderr } = spawnSync("python3", ["-c", program, block.name], { encoding: "utf8" });
  assert.deepEqual([status, stderr, numbers[1]], [0, "", 42]);
});

test("L3: what processes add by Atomics at the same time is all there", limit, async (t) => {
  const workers = 4;
  const times = 200_000;
  const block = blockOf(t, { size: 16 });
  await using pool = new ProcessPoolExecutor({ maxWorkers: workers });
  const add = (shared: SharedMemory, count: number, parties: number) => {
    const int = shared.array(Int32Array);
    const big = shared.array(BigInt64Array, { byteOffset: 8 });
    // all begin together
    Atomics.add(int, 1, 1);
    while (Atomics.load(int, 1) < parties);
    for (let i = 0; i < count; i++) {
      Atomics.add(int, 0, 1);
      Atomics.add(big, 0, 3n);
    }
    return process.pid;
  };
  const pids = await Promise.all(
    Array.from({ length: workers }, () => pool.submit(add, block, times, workers)),
  );
  assert.equal(new Set(pids).size, workers);
  assert.equal(block.array(Int32Array)[0], workers * times);
  assert.equal(block.array(BigInt64Array, { byteOffset: 8 })[0], 3n * BigInt(workers * times));
});

test("L3: a lock of one word by Atomics.compareExchange keeps processes apart", limit, async (t) => {
  const workers = 3;
  const times = 20_000;
  const block = blockOf(t, { size: 16 });
  await using pool = new ProcessPoolExecutor({ maxWorkers: workers });
  const add = (shared: SharedMemory, count: number) => {
    const [lock, plain] = [shared.array(Int32Array), shared.array(Float64Array, { byteOffset: 8 })];
    for (let i = 0; i < count; i++) {
      while (Atomics.compareExchange(lock, 0, 0, 1) !== 0);
      plain[0]! += 1;
      Atomics.store(lock, 0, 0);
    }
  };
  await Promise.all(Array.from({ length: workers }, () => pool.submit(add, block, times)));
  assert.equal(block.array(Float64Array, { byteOffset: 8 })[0], workers * times);
});

test(
  "L3: a block that a thread attached to stays the program's when the thread has ended",
  limit,
  async (t) => {
    const block = blockOf(t, { size: 8 });
    const source = `
    const { workerData } = require("node:worker_threads");
    import("ungil/multiprocessing").then(({ SharedMemory }) => {
      new SharedMemory({ name: workerData }).array(Float64Array)[0] = 3;
    });`;
    const worker = new Worker(source, { eval: true, workerData: block.name });
    await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
    assert.equal(block.array(Float64Array)[0], 3);
  },
);

test("L3: a thread that ends gives back what it had open", limit, async (t) => {
  if (process.platform !== "linux") return t.skip("the test reads /proc");
  const block = blockOf(t, { size: 100_000 });
  const inode = String(inodeOf(block.name));
  const mappings = () =>
    readFileSync("/proc/self/maps", "utf8")
      .split("\n")
      .filter((line) => line.split(/ +/)[4] === inode).length;
  assert.equal(mappings(), 1);
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await pool.submit((shared: SharedMemory) => {
    Object.assign(globalThis, { shared });
  }, block);
  assert.equal(mappings(), 2);
  await pool.shutdown();
  assert.equal(mappings(), 1);
});

test("L2: a block that does not fit is a MemoryError, and nothing is left of it", limit, () => {
  assert.throws(
    () => new SharedMemory({ create: true, size: 2 ** 50 }),
    (error: unknown) =>
      error instanceof MemoryError &&
      error.code === "ERR_UNGIL_MEMORY" &&
      error.message.includes(blocksFolder),
  );
  // one that only shows when the room is taken: files of this program may have 1,000 units of 512 bytes
  const command = `ulimit -f 1000; exec "$0" "$1" asksForTooMuch`;
  const { stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, fixture], {
    encoding: "utf8",
  });
  assert.deepEqual([stdout, stderr], ["MemoryError EFBIG 0\n", ""]);
});
