import { taskStorage } from "../../pool/current-task.js";
import { runningTaskOf } from "../../pool/running-task.js";

/** The task of a pool whose code runs; undefined outside of any. */
export const currentTask = (): object | undefined => runningTaskOf(taskStorage.getStore());
