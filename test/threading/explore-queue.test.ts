import { exploresQueue } from "./explore/queue-suite.js";

await exploresQueue("queue: ", "queue: at the end");
