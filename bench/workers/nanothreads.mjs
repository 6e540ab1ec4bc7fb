import { parentPort } from "node:worker_threads";
import { workerInit } from "nanothreads";
import { tasks } from "../tasks.mjs";

workerInit(parentPort, (name, argument) => tasks[name](argument));
