// Runs a program of `check`s in a process of its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { Result } from "./program.js";

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly input?: string;
  readonly node?: string;
}

export interface ProgramOutput {
  readonly results: Result[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** URL of the module that programs take `check` and `finish` from. */
export const programUrl = new URL("./program.js", import.meta.url).href;

/** Where fixtures lie that are not compiled. */
export const fixtures = new URL("../../../test/functions/fixtures/unbuilt/", import.meta.url);

/** Runs `node` with these arguments and answers what it printed. */
export async function runNode(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramOutput> {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(options.node ?? process.execPath, args, {
    cwd: options.cwd,
    env: { ...inherited, UNGIL_TEST_PROGRAM: programUrl, ...options.env },
    timeout: 60_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const printed = /^RESULTS (.*)$/m.exec(stdout)?.[1];
  return { results: printed ? (JSON.parse(printed) as Result[]) : [], stdout, stderr, code };
}

/** Runs a program and asserts that all of its checks hold. */
export async function assertProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramOutput> {
  const output = await runNode(args, options);
  const context = `node ${args.join(" ")}\n${output.stdout}\n${output.stderr}`;
  assert.ok(output.results.length > 0, `no results: ${context}`);
  const failed = output.results.filter(({ ok }) => !ok);
  assert.deepEqual(failed, [], context);
  assert.equal(output.code, 0, context);
  return output;
}
