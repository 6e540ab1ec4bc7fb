import workerpool from "workerpool";
import { tasks } from "../tasks.mjs";

workerpool.worker(tasks);
