// TypeScript that a loader runs as it is: the frames are those of the file that was written.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { marksOf } from "./support/marks.js";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../../test/errors/fixtures/unbuilt/", import.meta.url));

async function outputOf(file: string, ...nodeOptions: string[]): Promise<unknown> {
  const { stdout, stderr } = await run(process.execPath, [...nodeOptions, "--import", "tsx", folder + file], {
    timeout: 60_000,
  });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

for (const nodeOptions of [[], ["--enable-source-maps"]]) {
  test(`under tsx ${nodeOptions.join(" ")} every frame is the original line and column`, async () => {
    const stacks = (await outputOf("stacks.ts", ...nodeOptions)) as Record<string, string>;
    const marks = { ...marksOf("errors/fixtures/unbuilt/stacks.ts") };
    const { imported } = marksOf("errors/fixtures/unbuilt/thrower.ts");
    const places: [stack: string | undefined, place: string | undefined, column: number][] = [
      [stacks.imported, imported, 9],
      [stacks.local, marks.value, 9],
      [stacks.typed, marks.typed, 11],
      [stacks.local, marks.submit, 32],
    ];
    for (const [stack, place, column] of places) {
      assert.ok(place && stack);
      assert.ok(stack.includes(`${place}${column}`), `${place}${column} in\n${stack}`);
      assert.ok(stack.includes("(submitted to unbuilt)"));
      assert.doesNotMatch(stack, /ungil-transformed|node:internal|\/dist\//);
    }
    assert.equal(stacks.isTyped, true);
  });
}

test("an awaited deadline or timeout alone keeps the program alive until it settles", async () => {
  assert.deepEqual(await outputOf("deadline.ts"), [true, true]);
});
