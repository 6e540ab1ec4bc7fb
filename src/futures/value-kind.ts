/** What kind of value a future gave, as its text tells: the type, or the name of the class. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  try {
    if (value instanceof Error) return typeof value.name === "string" ? value.name : "Error";
    const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
    return prototype?.constructor?.name ?? "object";
  } catch {
    // a getter that throws, or a proxy that refuses: a future can be printed whatever it holds
    return "object";
  }
}
