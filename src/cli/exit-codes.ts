/**
 * Exit codes: those of `ungil map` after GNU parallel, the number of failed records up to 100, and what can't be
 * mistaken for a count above that. docs/cli.md has the tables and the difference to xargs.
 *
 * @module
 */

/** Codes that are no count of failed records. A signal ends with 128 and its number: 130, 143. */
export const exitCodes = {
  ok: 0,
  /** More than 100 records failed. */
  manyFailed: 101,
  /** Of `ungil advise`: the function throws on a sample. */
  adviseThrows: 1,
  /** `--deadline` passed, or a call of `ungil advise` its `--timeout`, as timeout(1). */
  deadline: 124,
  /** The call can't be carried out: usage, a missing file, a task that can't be loaded. As GNU parallel's other errors. */
  usage: 255,
} as const;

/** The exit code that tells a number of failed records. */
export function exitCodeForFailures(failed: number): number {
  return failed > 100 ? exitCodes.manyFailed : failed;
}

/** The exit code that tells a share of failed records in percent, 1 at least when there is one. */
export function exitCodeForShare(failed: number, done: number): number {
  if (failed === 0) return exitCodes.ok;
  return Math.max(1, Math.round((failed / done) * 100));
}
