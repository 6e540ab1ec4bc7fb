import type { Experiment } from "../../lab/index.js";
import { defaultReport } from "./args.js";

/** What `ungil lab --help` prints. */
export function labHelp(experiments: readonly Experiment[]): string {
  const width = Math.max(...experiments.map(({ name }) => name.length));
  const list = experiments.map(({ name, title }) => `  ${name.padEnd(width)}   ${title}`).join("\n");
  return `Measures on this machine what a lock around the interpreter does to threads, and what each way out gains.

Usage: ungil lab [options]

Takes about a minute. Tables go to stdout, progress to stderr, and a report with charts to ${defaultReport}:
one file, which loads nothing from elsewhere.

Options
      --quick        fewer and shorter measurements: some 20 seconds
      --thorough     more and longer ones: some minutes
      --only NAME    only this experiment; may be given more than once, and as a list with commas
  -o, --out FILE     write the report to FILE
      --json         all that was found as JSON on stdout instead of tables; a report only with --out
  -q, --quiet        no progress
  -h, --help         this text
  -V, --version      the version of ungil

Experiments
${list}

Exit codes: 0 all went well, 1 an experiment failed, 130 and 143 ended by SIGINT and SIGTERM, 255 a wrong call.
`;
}
