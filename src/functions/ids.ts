/** Where ids begin: isolates of other processes can't be asked which they use, so it is left to chance. */
const most = 2 ** 52;

let last: number | undefined;

/** A number that no other isolate hands out, of this process or of those that it exchanges functions with. */
export function nextId(): number {
  // the time as well: with V8's option `--random-seed` chance is the same everywhere
  last ??= (Math.floor(Math.random() * most) + Number(process.hrtime.bigint() % BigInt(most))) % most;
  return ++last;
}
