// All rows, in the order of the report.
import { rows as cpu } from "./cpu.mjs";
import { rows as onTheLoop } from "./event-loop.mjs";
import { rows as life } from "./life.mjs";
import { rows as map } from "./map.mjs";
import { rows as payload } from "./payload.mjs";
import { rows as inProcesses } from "./process.mjs";
import { rows as queue } from "./queue.mjs";
import { rows as single } from "./single.mjs";
import { rows as tiny } from "./tiny.mjs";

export const rows = [
  ...tiny,
  ...single,
  ...map,
  ...cpu,
  ...payload,
  ...life,
  ...inProcesses,
  ...onTheLoop,
  ...queue,
];

/** @throws Error for a name that no row has. */
export function rowNamed(name) {
  const row = rows.find((each) => each.name === name);
  if (!row)
    throw new Error(`there is no row "${name}"; there are ${rows.map((each) => each.name).join(", ")}`);
  return row;
}

/** The size of a row for a contender: that of the run, and what is special to the contender, never larger. */
export function sizeOf(row, contender, quick) {
  const size = { ...row.sizes[quick ? "quick" : "full"] };
  for (const [key, value] of Object.entries(row.sizes[contender] ?? {}))
    size[key] = quick && size[key] !== undefined ? Math.min(size[key], value) : value;
  return size;
}
