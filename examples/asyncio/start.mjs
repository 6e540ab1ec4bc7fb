// After `npm run build`: node examples/asyncio/start.mjs
import { run } from "ungil/asyncio";
import { main } from "./workers.mjs";

const start = performance.now();
await run(() => main());
console.log(`five seconds of waiting took ${((performance.now() - start) / 1_000).toFixed(1)} s`);
