import { expose } from "threads/worker";
import { tasks } from "../tasks.mjs";

expose(tasks);
