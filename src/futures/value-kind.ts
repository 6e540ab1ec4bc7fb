/** What kind of value a future gave, as its text tells: the type, or the name of the class. */
export function kindOf(value: unknown): string {
  if (value instanceof Error) return value.name;
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  return (
    (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ??
    "object"
  );
}
