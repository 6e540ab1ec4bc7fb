// CommonJS: an ES module is loaded too late for the first message that poolifier sends to a process.
const { ClusterWorker } = require("poolifier");

const loaded = import("../tasks.mjs");
const names = ["addOne", "compute", "readId", "changeId", "byteLength"];
const tasks = names.map((name) => [name, async (argument) => (await loaded).tasks[name](argument)]);

module.exports = new ClusterWorker(Object.fromEntries(tasks));
