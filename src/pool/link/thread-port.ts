import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { LinkPort } from "./link.js";

/** A port of a `MessageChannel` between two threads, for a link. */
export function threadPort(port: MessagePort): LinkPort {
  return {
    postMessage: (message, transfer) => port.postMessage(message, transfer),
    receive: () => receiveMessageOnPort(port),
  };
}
