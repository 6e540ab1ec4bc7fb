import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

/** The project's folder. */
export const root = path.resolve(import.meta.dirname, "../../..");

const fixtures = path.join(root, "test/cli/fixtures/unbuilt");

/** A task of the fixtures. */
export function task(name: string): string {
  return path.join(fixtures, name);
}

/** A module of the command that no entry exports. Give its type: `typeof import("../../dist/cli/halt.js")`. */
export async function internal<T>(name: string): Promise<T> {
  return (await import(path.join(root, "dist/cli", `${name}.js`))) as T;
}

/** A folder that is gone after the test. */
export async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "ungil-cli-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits until a condition holds. */
export async function until(holds: () => boolean, what: string | (() => string)): Promise<void> {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) {
      throw new Error(`waited 30 s for ${typeof what === "string" ? what : what()}`);
    }
    await sleep(5);
  }
}

/** Waits until a file is there. */
export function untilFile(file: string): Promise<void> {
  return until(() => existsSync(file), file);
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  /** Written to stdin, which is then closed. Default: nothing, closed at once. `"open"` leaves it to the test. */
  readonly input?: string | Buffer | undefined;
  readonly keepStdinOpen?: boolean;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly execArgv?: readonly string[];
  /** Whether it leads a group of processes of its own, as in a terminal. */
  readonly leads?: boolean;
}

/** A running command and what it has written so far. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], options: StartOptions) {
    const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
    // the runner of the tests must not tell the command how to behave
    for (const name of ["CI", "NO_COLOR", "FORCE_COLOR", "NODE_OPTIONS", "NODE_TEST_CONTEXT"]) {
      if (!(options.env && name in options.env)) delete env[name];
    }
    this.child = spawn(
      process.execPath,
      [...(options.execArgv ?? []), path.join(root, "dist/node/cli.js"), ...args],
      { cwd: options.cwd ?? root, env, detached: options.leads ?? false },
    );
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    // a command that ends early closes its stdin
    this.child.stdin.on("error", () => {});
    this.ended = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
    if (options.input !== undefined) this.child.stdin.write(options.input);
    if (!options.keepStdinOpen) this.child.stdin.end();
  }

  /** Waits until stderr has said something. */
  async says(pattern: RegExp): Promise<void> {
    await until(
      () => pattern.test(this.stderr),
      () => `${pattern} in ${JSON.stringify(this.stderr)}`,
    );
  }
}

/** Starts the built command; it is killed when the test ends before it does. */
export function start(context: TestContext, args: readonly string[], options: StartOptions = {}): Running {
  const running = new Running(args, options);
  context.after(() => running.child.kill("SIGKILL"));
  return running;
}

/** Runs the built command to its end. */
export function ungil(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return new Running(args, options).ended;
}

/** The values of NDJSON. */
export function values(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
