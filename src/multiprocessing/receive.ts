/**
 * What has to be loaded for the objects of this chapter to arrive: the build puts it into the text that workers of a
 * bundled program are started from. Elsewhere a worker imports the whole chapter when one arrives.
 *
 * @module
 */
import "./pipes/connection.js";
import "./process.js";
import "./shared-memory/shareable-list.js";
import "./locks/barrier.js";
import "./locks/condition.js";
import "./locks/event.js";
import "./locks/lock.js";
import "./locks/semaphore.js";
import "./manager/manager.js";
import "./values/array.js";
import "./values/value.js";
import "./queues/queue.js";
