/**
 * What workers print reaches the program's own stdout and stderr through its event loop. When the loop runs empty,
 * idle workers may still have lines in hand, and would take them down with the process: they are asked to hand them
 * in first.
 *
 * @module
 */

/** A worker that may have printed since it last handed in its output. */
export interface Printer {
  /** Asks it to hand in what it has, and keeps the process until it did or ended. */
  handIn(): void;
}

const printers = new Set<Printer>();
let listening = false;

/** A worker got something to do, and may print. */
export function mayPrint(printer: Printer): void {
  printers.add(printer);
  if (listening) return;
  listening = true;
  process.on("beforeExit", () => {
    // each once: the loop runs empty again afterwards
    const all = [...printers];
    printers.clear();
    for (const each of all) each.handIn();
  });
}

/** A worker ended. */
export function printsNoMore(printer: Printer): void {
  printers.delete(printer);
}
