// A worker as far as it claims tasks: goes through all words of a claim file, close behind the scheduler's side.
import type * as claimFile from "../../../dist/multiprocessing/claim-file.js";
import type * as seeds from "../../../dist/testing/seeded.js";
import { meet } from "./meet.js";

const [dist, words, seed] = process.argv.slice(2) as [string, string, string];
const { WorkerClaims } = (await import(
  new URL("multiprocessing/claim-file.js", dist).href
)) as typeof claimFile;
const { seeded } = (await import(new URL("testing/seeded.js", dist).href)) as typeof seeds;
const random = seeded(Number(seed));
/** Of the file, as it was inherited. */
const fd = 3;
const claims = new WorkerClaims(fd);

const begun: number[] = [];
for (let word = 0; word < Number(words); word++) {
  meet(fd, Number(words), word, 0);
  for (let wait = random() * 400; wait > 0; wait--);
  if (claims.change(word)) begun.push(word);
}
process.stdout.write(JSON.stringify(begun));
