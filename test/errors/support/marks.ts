import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** `path:line` of each `// mark: name` in a source file under test/. */
export function marksOf(file: string): Record<string, string> {
  const path = fileURLToPath(new URL(`../../../../test/${file}`, import.meta.url));
  const marks: Record<string, string> = {};
  readFileSync(path, "utf8")
    .split("\n")
    .forEach((line, index) => {
      const name = /\/\/ mark: (\w+)/.exec(line)?.[1];
      if (name) marks[name] = `${path}:${index + 1}:`;
    });
  return marks;
}

/** The frames of a stack, without its message. */
export const framesOf = (error: unknown): string[] =>
  ((error as Error).stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
