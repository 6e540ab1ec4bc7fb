import { exploresQueue } from "./explore/queue-suite.js";

await exploresQueue("queue, deaths");
