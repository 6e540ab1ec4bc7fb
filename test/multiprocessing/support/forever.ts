/** Keeps what runs it going, until it is ended from outside. */
export function forever(): Promise<never> {
  return new Promise(() => {
    setInterval(() => {}, 1_000);
  });
}
