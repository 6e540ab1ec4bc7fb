import { explores } from "./explore/suite.js";

await explores("read-write lock");
