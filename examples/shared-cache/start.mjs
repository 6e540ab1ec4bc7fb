// A cache that all workers of a pool have together: what one of them has computed, no other computes again.
//
// Run it with `node examples/shared-cache/start.mjs [requests]` after `npm run build`.
import { ThreadPoolExecutor } from "ungil";
import { SharedMap } from "ungil/threading";
import { primesBelow } from "./work.mjs";

const requests = Number(process.argv[2] ?? 1_000);

// room for 50 answers; when more are wanted, those make room that nobody has asked for lately
const cache = new SharedMap({ entries: 50, evict: "lru" });
const counts = new SharedMap({ entries: 10 });

const pool = new ThreadPoolExecutor();
try {
  // twenty questions, each of them asked again and again
  const questions = Array.from({ length: requests }, (_, i) => 100_000 + (i % 20) * 10_000);
  const answers = await pool.map((n) => {
    counts.add("asked", 1);
    return cache.getOrSet(n, () => {
      counts.add("computed", 1);
      return primesBelow(n);
    });
  }, questions);
  console.log(`asked ${counts.get("asked")} times, computed ${counts.get("computed")} times`);
  for (const [i, n] of questions.slice(0, 3).entries())
    console.log(`${answers[i]} primes are less than ${n}`);
} finally {
  await pool.shutdown();
}
