import { explores } from "./explore/suite.js";

await explores("latch");
