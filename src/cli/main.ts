#!/usr/bin/env node
/**
 * The program `ungil`.
 *
 * @module
 */
import { exitCodes } from "./exit-codes.js";
import { programHelp } from "./help.js";
import { nearest } from "./suggest.js";
import { UsageError } from "./usage-error.js";
import { version } from "./version.js";

/** Runs a command and answers with the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case "map": {
      const { map } = await import("./map.js");
      return map(rest);
    }
    case "advise": {
      const { adviseCommand } = await import("./advise.js");
      return adviseCommand(rest);
    }
    case "lab": {
      const { lab } = await import("./lab/lab.js");
      return lab(rest);
    }
    case "help":
    case "-h":
    case "--help":
      process.stdout.write(programHelp);
      return exitCodes.ok;
    case "-V":
    case "--version":
      process.stdout.write(`${version()}\n`);
      return exitCodes.ok;
    case undefined:
      process.stderr.write(programHelp);
      return exitCodes.usage;
    default: {
      const near = nearest(command, ["map", "advise", "lab", "help"]);
      throw new UsageError(
        `unknown command ${command}: ${near ? `did you mean ${near}?` : "see ungil --help"}`,
      );
    }
  }
}

/** Waits until a stream has handed on what was written to it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.write("", () => resolve());
  });
}

async function run(argv: readonly string[]): Promise<never> {
  let code: number;
  try {
    code = await main(argv);
  } catch (error) {
    const name = ["map", "advise", "lab"].includes(argv[0]!) ? `ungil ${argv[0]}` : "ungil";
    // an error that is no fault of the call is one of ungil's own: its stack belongs into the report of it
    const text =
      error instanceof UsageError
        ? error.message
        : `internal error: ${String((error as Error).stack ?? error)}`;
    process.stderr.write(`${name}: ${text}\n`);
    code = exitCodes.usage;
  }
  await flushed(process.stderr);
  // what a task module left open, a socket or a timer, must not keep the program alive
  process.exit(code);
}

void run(process.argv.slice(2));
