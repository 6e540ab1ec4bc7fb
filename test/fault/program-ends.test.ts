// However a program ends while its threads never give way: it ends.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const program = path.resolve("test/fault/fixtures/unbuilt/busy.mjs");

const ends: [end: string, code: number | null, signal: NodeJS.Signals | null][] = [
  ["exception", 1, null],
  ["rejection", 1, null],
  ["process.exit", 3, null],
  ["terminate", 0, null],
  ["SIGTERM", null, "SIGTERM"],
  ["SIGINT", null, "SIGINT"],
  ["SIGKILL", null, "SIGKILL"],
];

for (const [end, code, signal] of ends) {
  test(`pain 23: a program whose threads spin ends by ${end}, and nothing of it is left`, {
    timeout: 60_000,
  }, async () => {
    const child = spawn(process.execPath, [program, end], { stdio: ["ignore", "pipe", "ignore"] });
    let hangs = false;
    const hanging = setTimeout(() => {
      hangs = true;
      child.kill("SIGKILL");
    }, 30_000);
    child.stdout.once("data", () => {
      if (signal) child.kill(signal);
    });
    // its output closes only when every process that holds it is gone
    const ended = await new Promise((resolve) => child.once("close", (...how: unknown[]) => resolve(how)));
    clearTimeout(hanging);
    assert.deepEqual([hangs, ended], [false, [code, signal]]);
  });
}

test("D3: what is submitted while the program ends is refused where it would never be done", () => {
  const script = `
    import { AsyncExecutor, InlineExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from "ungil";
    const executors = [AsyncExecutor, InlineExecutor, ProcessPoolExecutor, ThreadPoolExecutor].map((E) => new E());
    process.on("exit", () => {
      for (const executor of executors) {
        try {
          console.log(executor.submit(() => 1).state);
        } catch (error) {
          console.log(error.name, error.message);
        }
      }
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  const refused = "ShutdownError cannot schedule new futures: the program is ending";
  assert.deepEqual([stdout.trim().split("\n"), stderr], [[refused, "finished", refused, refused], ""]);
});
