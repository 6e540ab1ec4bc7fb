// Blocks that nobody unlinked: programs that make some end in several ways.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { FileNotFoundError } from "ungil";
import { SharedMemory } from "ungil/multiprocessing";
import { until } from "ungil/testing";
import { blockOf, blocksFolder, inodeOf, isThere, listsOf, skip } from "./support/blocks.js";
import { lives } from "./support/lives.js";

const limit = { timeout: 60_000, skip };
const fixture = path.resolve("test/multiprocessing/fixtures/unbuilt/shared-memory.mjs");

/** Starts a program. @returns It, and the words of the first line that it prints. */
async function run(t: TestContext, ...args: string[]): Promise<{ child: ChildProcess; words: string[] }> {
  const child = spawn(process.execPath, [fixture, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const words = line.split(" ");
  t.after(() => {
    for (const name of words)
      if (name.startsWith("ungil_")) rmSync(path.join(blocksFolder, name), { force: true });
  });
  return { child, words };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

const gone = (name: string): Promise<void> => until(() => !isThere(name), `${name} is removed`);
/** When this is so, whatever removes a program's blocks has done it. */
const cleanedUp = (pid: number): Promise<void> =>
  until(() => listsOf(pid).length === 0, "the list of the program is removed");

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
  test(
    `L4: blocks of a program that ends by ${signal} are removed, except those with track: false`,
    limit,
    async (t) => {
      const { child, words } = await run(t, "makes");
      const [tracked, untracked, unlinked, closed] = words as [string, string, string, string];
      assert.deepEqual([tracked, untracked, unlinked, closed].map(isThere), [true, true, false, true]);
      await kill(child, signal);
      await gone(tracked);
      await gone(closed);
      await cleanedUp(child.pid!);
      assert.ok(isThere(untracked));
      // it is whole
      using block = new SharedMemory({ name: untracked });
      assert.equal(block.size, 5_000);
      block.unlink();
    },
  );
}

test("L4: a program that forgets a block ends by itself, and it is removed", limit, async (t) => {
  const { child, words } = await run(t, "ends");
  if (child.exitCode === null) await once(child, "exit");
  assert.equal(child.exitCode, 0);
  await gone(words[0]!);
  await cleanedUp(child.pid!);
});

test(
  "L4: a block with the name of one that was unlinked is not removed with the program that had that",
  limit,
  async (t) => {
    const { child, words } = await run(t, "makes");
    const name = words[0]!;
    // as a program of another language would
    rmSync(path.join(blocksFolder, name));
    const block = blockOf(t, { size: 64, name });
    const inode = inodeOf(name);
    await kill(child);
    await cleanedUp(child.pid!);
    assert.equal(inodeOf(name), inode);
    block.unlink();
  },
);

test("L4: who attaches keeps the memory when its program is killed, and the name goes", limit, async (t) => {
  const { child, words } = await run(t, "makes");
  using block = new SharedMemory({ name: words[0]! });
  block.array(Uint8Array)[99_999] = 5;
  await kill(child);
  await gone(block.name);
  assert.equal(block.array(Uint8Array)[99_999], 5);
  assert.throws(() => block.unlink(), FileNotFoundError);
});

test("L4: who attaches with track: true has it removed as well", limit, async (t) => {
  const { child, words } = await run(t, "makes");
  const untracked = words[1]!;
  const source = `
    import { SharedMemory } from "ungil/multiprocessing";
    new SharedMemory({ name: ${JSON.stringify(untracked)}, track: true });`;
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", source]);
  assert.equal(status, 0);
  await gone(untracked);
  assert.ok(isThere(words[0]!));
  await kill(child);
  await cleanedUp(child.pid!);
});

test("L4: a block that a worker made outlives the worker, and ends with the program", limit, async (t) => {
  for (const kind of ["process", "thread"]) {
    const { child, words } = await run(t, "makesInWorkerThatEnds", kind);
    assert.equal(words[1], "true", kind);
    assert.ok(isThere(words[0]!), kind);
    await kill(child);
    await gone(words[0]!);
    await cleanedUp(child.pid!);
  }
});

test("L4: a block that a worker made is removed when the program is killed", limit, async (t) => {
  for (const kind of ["process", "thread"]) {
    const { child, words } = await run(t, "makesInWorker", kind);
    assert.ok(isThere(words[0]!));
    await kill(child);
    await gone(words[0]!);
    await cleanedUp(child.pid!);
    await until(() => !lives(Number(words[1])), "the worker has ended");
  }
});

test("L4: a block of a process that outlives the program is there until that ends", limit, async (t) => {
  const { child, words } = await run(t, "makesInProcess");
  const [name, pid] = [words[0]!, Number(words[1])];
  t.after(() => lives(pid) && process.kill(pid, "SIGKILL"));
  await kill(child);
  await until(() => !lives(child.pid!), "the program has ended");
  assert.ok(isThere(name));
  assert.ok(lives(pid));
  process.kill(pid, "SIGKILL");
  await gone(name);
  await cleanedUp(child.pid!);
});

test("L4: other programs that a program has started do not keep its blocks", limit, async (t) => {
  const { child, words } = await run(t, "makesAndStarts");
  t.after(() => process.kill(Number(words[1]), "SIGKILL"));
  await kill(child);
  await gone(words[0]!);
  await cleanedUp(child.pid!);
  assert.ok(lives(Number(words[1])));
});

test("L4: a block that a thread made outlives the thread, and ends with the program", limit, async (t) => {
  const { child, words } = await run(t, "makesInThread");
  assert.deepEqual([words[1], isThere(words[0]!)], ["true", true]);
  await kill(child);
  await gone(words[0]!);
  await cleanedUp(child.pid!);
});

test(
  "L4: what a program has left whose tracker was killed as well, the next one removes",
  limit,
  async (t) => {
    const { child, words } = await run(t, "makes");
    const list = path.join(blocksFolder, listsOf(child.pid!)[0]!);
    const marker = readdirSync(list).find((file) => file.endsWith(".tracker"))!;
    process.kill(Number(readFileSync(path.join(list, marker), "utf8")), "SIGKILL");
    await kill(child);
    await until(() => !lives(child.pid!), "the program has ended");
    // one of another test file may have been the next already: then the list is gone with the block
    const isSwept = (): boolean => listsOf(child.pid!).length === 0;
    await until(() => isThere(words[0]!) || isSwept(), "nothing but a whole sweep takes the block");
    const next = await run(t, "makes");
    await until(() => !isThere(words[0]!) && isSwept(), "the sweep is through, whoever began it");
    // of others nothing
    assert.ok(isThere(words[1]!));
    assert.ok(isThere(next.words[0]!));
    await kill(next.child);
    await cleanedUp(next.child.pid!);
  },
);

test("L4: the next program removes nothing of a program that it can't see", limit, async (t) => {
  // of another container with the same folder: numbers of processes mean nothing here
  const list = path.join(blocksFolder, ".ungil-1-999999999-5");
  const block = blockOf(t, { size: 8, track: false });
  mkdirSync(list, { mode: 0o700 });
  t.after(() => rmSync(list, { recursive: true, force: true }));
  writeFileSync(path.join(list, `999999999.5.${inodeOf(block.name)}.${block.name}`), "");
  const { child } = await run(t, "ends");
  if (child.exitCode === null) await once(child, "exit");
  await cleanedUp(child.pid!);
  assert.ok(isThere(block.name));
  assert.equal(readdirSync(list).length, 1);
});

test(
  "L4: many programs at once that make, unlink and are killed leave nothing and take nothing",
  limit,
  async (t) => {
    const kept = blockOf(t, { size: 1_000 });
    kept.array(Uint8Array).fill(7);
    const programs = await Promise.all(Array.from({ length: 6 }, () => run(t, "makes")));
    await Promise.all(programs.map(({ child }) => kill(child)));
    for (const { child, words } of programs) {
      await cleanedUp(child.pid!);
      assert.deepEqual(words.map(isThere), [false, true, false, false]);
    }
    assert.ok(kept.array(Uint8Array).every((byte) => byte === 7));
    assert.ok(isThere(kept.name));
  },
);
