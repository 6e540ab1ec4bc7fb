import { exploresQueue } from "./explore/queue-suite.js";

await exploresQueue("queue: at the end");
