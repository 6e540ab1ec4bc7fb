import { explores } from "./explore/suite.js";

await explores("lock");
