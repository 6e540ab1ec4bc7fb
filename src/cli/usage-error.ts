/** A call that can't be carried out, told in one line on stderr; the command ends with exit code 255. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The message of whatever was thrown, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split("\n", 1)[0] ?? "";
}
