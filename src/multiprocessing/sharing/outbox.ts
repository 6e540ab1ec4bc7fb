import type { Socket } from "node:net";
import { type Message, writeBatch } from "./batches.js";

/** Messages to one other side: what is said in one turn of the loop goes in one write. */
export class Outbox {
  #socket: Socket | undefined;
  #messages: Message[] = [];
  #scheduled = false;

  /** From now on messages may leave: the other side has proved who it is. */
  open(socket: Socket): void {
    this.#socket = socket;
    this.flush();
  }

  post(message: Message): void {
    this.#messages.push(message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // behind all that promises do in this turn
    queueMicrotask(() => process.nextTick(() => this.flush()));
  }

  /** Hands everything to the system before it returns, as far as the system takes it. */
  flush(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#scheduled = false;
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    this.#messages = [];
    if (socket.destroyed) return;
    const pieces = writeBatch(messages);
    if (pieces.length === 1) socket.write(pieces[0]!);
    else {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
  }
}
