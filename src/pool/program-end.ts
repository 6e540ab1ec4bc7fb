/**
 * Whether the program is ending: its event loop turns no more, so that what is submitted then would never be done.
 *
 * @module
 */
let ending = false;
let watched = false;

/** Notes the end of the program from now on. */
export function watchProgramEnd(): void {
  if (watched) return;
  watched = true;
  // before listeners of the program, which may submit
  process.prependOnceListener("exit", () => {
    ending = true;
  });
}

/** Whether `exit` was emitted, in this thread or process. */
export function programEnds(): boolean {
  return ending;
}
