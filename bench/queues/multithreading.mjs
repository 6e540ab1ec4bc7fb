// Items a second through a channel of multithreading: node multithreading.mjs FORM KIND PAIRS ITEMS
import { channel, initRuntime, move, shutdown, spawn } from "multithreading";

const [form, kind, pairs, items] = process.argv.slice(2).map((each, i) => (i < 2 ? each : Number(each)));
console.warn = () => {};
initRuntime({ maxWorkers: 2 * pairs });
const home = new URL("items.mjs", import.meta.url).href;

async function run(count) {
  const [sender, receiver] = channel(1024);
  const producers = Array.from({ length: pairs }, () =>
    spawn(move(sender.clone(), form, kind, count, home), async (tx, way, what, times, from) => {
      const { makers } = await import(from);
      const make = makers[what];
      const start = performance.timeOrigin + performance.now();
      if (way === "sync") for (let i = 0; i < times; i++) tx.blockingSend(make(i));
      else for (let i = 0; i < times; i++) await tx.send(make(i));
      return [start, performance.timeOrigin + performance.now()];
    }),
  );
  const consumers = Array.from({ length: pairs }, () =>
    spawn(move(receiver.clone(), form, count), async (rx, way, times) => {
      const start = performance.timeOrigin + performance.now();
      if (way === "sync") for (let i = 0; i < times; i++) rx.blockingRecv();
      else for (let i = 0; i < times; i++) await rx.recv();
      return [start, performance.timeOrigin + performance.now()];
    }),
  );
  const results = await Promise.all([...producers, ...consumers].map((handle) => handle.join()));
  for (const result of results) if (!result.ok) throw result.error;
  const times = results.map(({ value }) => value);
  return Math.max(...times.map(([, to]) => to)) - Math.min(...times.map(([from]) => from));
}

const count = Math.ceil(items / pairs);
await run(Math.ceil(count / 4));
console.log((pairs * count * 1000) / (await run(count)));
shutdown();
process.exit();
