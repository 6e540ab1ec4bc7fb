// One fault for one pool. What is seen is written to descriptor 3 at once, so that it is there when the process
// crashes or hangs; whether the process ends is seen from outside.
import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { faults } from "./faults.mjs";
import { pools } from "./pools.mjs";

const [poolName, faultName, limitText] = process.argv.slice(2);
const limit = Number(limitText);
const fault = faults.find(({ name }) => name === faultName);
const say = (seen) => writeSync(3, `${JSON.stringify(seen)}\n`);

/** What an error is: its class, and its code or exit code. */
function describe(error) {
  try {
    const code = error?.exitCode ?? error?.code;
    const kind = error?.constructor?.name ?? typeof error;
    return {
      error: kind === "Error" && error.name ? error.name : kind,
      ...(code !== undefined && { code }),
      message: String(error?.message ?? ""),
    };
  } catch {
    return { error: "an unreadable error" };
  }
}

/** The outcome of a call, at the latest after the limit; ms count from `cause`. */
async function outcome(call, cause = performance.now(), time = limit) {
  const waiting = new AbortController();
  const late = delay(time, { hangs: true }, { signal: waiting.signal }).catch(() => {});
  const settled = (async () => {
    try {
      const value = await (typeof call === "function" ? call() : call);
      return { ms: Math.max(0, Math.round(performance.now() - cause)), value };
    } catch (error) {
      return { ms: Math.max(0, Math.round(performance.now() - cause)), ...describe(error) };
    }
  })();
  const first = await Promise.race([settled, late]);
  waiting.abort();
  return first;
}

const well = ({ hangs, error }) => !hangs && error === undefined;
const tell = (seen) => ({ ...seen, value: undefined });
const noMeans = (what) => {
  say({ skip: what });
  process.exit(0);
};

const pool = await pools[poolName](fault);
const shut = pool.close ?? pool.terminate;
const run = (...given) => pool.run(...given);

/** Tasks on both workers at once, in two goes. */
async function strength() {
  const places = await Promise.all([outcome(() => run("hold", 200)), outcome(() => run("hold", 200))]);
  if (!places.every(well)) return "no";
  return new Set(places.map(({ value }) => value)).size === 2 ? "full" : "partly";
}

/** Whether a pool takes tasks again; a replaced worker may need a moment to start. */
async function recovery() {
  let recover = await strength();
  for (let times = 0; recover === "partly" && times < 3; times += 1) recover = await strength();
  say({ recover });
}

const scenes = {
  async task() {
    await Promise.all([outcome(() => run("hold", 50)), outcome(() => run("hold", 50))]);
    const neighbour = outcome(() => run("hold", 700));
    const begin = performance.now();
    const hit = outcome(() => run(fault.task, 1), begin + (fault.after ?? 0));
    const queued = [1, 2, 3].map(() => outcome(() => run("hold", 10)));
    say({ settle: tell(await hit) });
    say({ neighbours: (await Promise.all([neighbour, ...queued])).map(tell) });
    await recovery();
  },
  async killed() {
    if (!pool.kill) noMeans("no documented handle on a worker");
    const [first] = await Promise.all([run("hold", 100), run("hold", 100)]);
    const tasks = [1, 2].map(() => outcome(() => run("hold", 700)));
    await delay(fault.after);
    await pool.kill(first);
    const seen = await Promise.all(tasks);
    const hit = seen.find((one) => !well(one)) ?? seen[0];
    // it counts from the submission, which says nothing of the cause
    say({ settle: { ...tell(hit), ms: undefined } });
    say({ neighbours: seen.filter((one) => one !== hit).map(tell) });
    await recovery();
  },
  async stopped() {
    if (!pool.signals && !pool.stopAfter) noMeans("no means to stop running work");
    await Promise.all([run("hold", 100), run("hold", 100)]);
    const neighbour = outcome(() => run("hold", 900));
    const control = new AbortController();
    const cause = performance.now() + fault.after;
    const promise = run(fault.task, 3_000, pool.signals ? control.signal : undefined);
    const hit = outcome(pool.stopAfter ? pool.stopAfter(promise, fault.after) : promise, cause);
    const queued = [1, 2].map(() => outcome(() => run("hold", 10)));
    await delay(fault.after);
    control.abort(new Error("enough"));
    say({ settle: tell(await hit) });
    say({ neighbours: (await Promise.all([neighbour, ...queued])).map(tell) });
    await recovery();
  },
  async abortQueued() {
    await Promise.all([run("hold", 100), run("hold", 100)]);
    const running = [1, 2].map(() => outcome(() => run("hold", 600)));
    const counter = new SharedArrayBuffer(4);
    const control = new AbortController();
    const promise = run("mark", counter, pool.signals ? control.signal : undefined);
    const behind = outcome(() => run("hold", 10));
    await delay(50);
    const cause = performance.now();
    const hit = outcome(promise, cause);
    if (pool.cancel) pool.cancel(promise);
    else control.abort(new Error("enough"));
    const seen = await hit;
    const others = await Promise.all([...running, behind]);
    say({ settle: { ...tell(seen), started: new Int32Array(counter)[0] > 0 } });
    say({ neighbours: others.map(tell) });
    await recovery();
  },
  async abortedBefore() {
    if (!pool.signals) noMeans("takes no signal");
    const counter = new SharedArrayBuffer(4);
    const hit = await outcome(() => run("mark", counter, AbortSignal.abort(new Error("enough"))));
    await delay(200);
    say({ settle: { ...tell(hit), started: new Int32Array(counter)[0] > 0 } });
    await recovery();
  },
  async module() {
    if (fault.initializer && poolName !== "ungil") noMeans("no initializer");
    say({ settle: tell(await outcome(() => run("hold", 10))) });
  },
  async close() {
    await ending(pool.close, "no graceful close");
  },
  async terminate() {
    await ending(pool.terminate, "no forced end");
  },
  async submitAfterClose() {
    await run("hold", 10);
    await outcome(shut);
    say({ settle: tell(await outcome(() => run("hold", 10), undefined, 2_000)) });
  },
  async crashLoop() {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => outcome(() => run("exitNow"), undefined, 4 * limit)),
    );
    const hanging = all.filter(({ hangs }) => hangs).length;
    const last = all.findLast(({ hangs }) => !hangs);
    say({ settle: hanging ? { hangs: true, of: `${hanging} of 20` } : tell(last) });
    await recovery();
  },
};

async function ending(end, lacking) {
  if (!end) noMeans(lacking);
  await Promise.all([run("hold", 100), run("hold", 100)]);
  const running = [1, 2].map(() => outcome(() => run("hold", 500)));
  const waiting = [1, 2].map(() => outcome(() => run("hold", 10)));
  await delay(100);
  say({ settle: { ...tell(await outcome(end)), call: true } });
  const kept = (seen) => ({
    done: seen.filter(well).length,
    failed: seen.filter(({ error }) => error !== undefined).length,
    hang: seen.filter(({ hangs }) => hangs).length,
  });
  say({ running: kept(await Promise.all(running)), waiting: kept(await Promise.all(waiting)) });
}

await scenes[fault.scene ?? "task"]();
if (!["close", "terminate"].includes(fault.scene)) {
  const closed = await outcome(pool.terminate ?? pool.close, undefined, 3_000);
  say({ close: tell(closed) });
}
say({ done: true });
