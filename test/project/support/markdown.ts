/** What the tests need to know of a Markdown page. */

/** A heading, with the text under it up to the next heading of the same or a higher rank. */
export interface Section {
  readonly title: string;
  readonly rank: number;
  readonly line: number;
  readonly text: string;
}

/** A link as `[text](target)`. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** The page's lines with those of fenced code blanked, so that line numbers stay. */
function proseLines(page: string): string[] {
  let fence = "";
  return page.split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    if (fence === "" ? mark !== "" : mark.startsWith(fence)) {
      fence = fence === "" ? mark : "";
      return "";
    }
    return fence === "" ? line : "";
  });
}

/** The page's sections in order. */
export function sectionsOf(page: string): Section[] {
  const lines = page.split("\n");
  const heads = proseLines(page).flatMap((line, index) => {
    const match = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    return match ? [{ rank: match[1]!.length, title: match[2]!, index }] : [];
  });
  return heads.map(({ rank, title, index }, at) => {
    const next = heads.slice(at + 1).find((head) => head.rank <= rank);
    return {
      title,
      rank,
      line: index + 1,
      text: lines
        .slice(index + 1, next?.index)
        .join("\n")
        .trim(),
    };
  });
}

/** The anchors that GitHub gives the page's headings. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const { title } of sectionsOf(page)) {
    const slug = title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  for (const [, id] of page.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id!);
  return anchors;
}

/** The page's links, those in code left out. */
export function linksOf(page: string): Link[] {
  return proseLines(page).flatMap((line, index) =>
    [...line.replaceAll(/`[^`]*`/g, "``").matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map(
      ([, target]) => ({ target: target!, line: index + 1 }),
    ),
  );
}
