/**
 * What has to be loaded for the objects of this chapter to arrive: the build puts it into the text that workers of a
 * bundled program are started from. Elsewhere a worker imports the whole chapter when one arrives.
 *
 * @module
 */
import "./sync/index.js";
import "./shared/map/shared-map.js";
import "./queue/queue.js";
import "./ring-buffer/ring-buffer.js";
import "./shared/shared-array.js";
import "./shared/shared-value.js";
import "./shared/struct/shared-struct.js";
import "./thread/current.js";
import { receiveThreads } from "./thread/foreign-thread.js";
import { receiveLocals } from "./thread/local.js";

receiveThreads();
receiveLocals();
