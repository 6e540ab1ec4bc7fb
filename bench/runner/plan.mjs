// What is measured, in which order.
import { contenders, quickPeers } from "../contenders.mjs";
import { goalsOf } from "../goals.mjs";
import { rows } from "../rows/index.mjs";

/**
 * Those who take part in a row. A quick run has ungil and whom its goals compare it with; of all peers only
 * those that a quick run takes. Who is asked for by name is taken.
 */
export function contendersOf(row, { quick = false, wanted = [], python = true } = {}) {
  const compared = new Set(
    goalsOf(row).flatMap(({ against = [] }) =>
      against.length > 2 ? against.filter((name) => quickPeers.includes(name)) : against,
    ),
  );
  return row.contenders.filter(
    (name) =>
      (wanted.length > 0 ? wanted.includes(name) : !quick || name === "ungil" || compared.has(name)) &&
      (python || contenders[name].kind !== "python"),
  );
}

/**
 * The measurements of a round as pairs of row and contender. Within a row the contenders come in turn, in every
 * second round backwards: whatever drifts on the machine meets all alike.
 */
export function planRound(round, { rows: wantedRows = [], ...options }) {
  const chosen = rows.filter(({ name, fullOnly }) =>
    wantedRows.length === 0 ? !(fullOnly && options.quick) : wantedRows.includes(name),
  );
  return chosen.flatMap((row) => {
    const names = contendersOf(row, options);
    return (round % 2 === 0 ? names : names.toReversed()).map((contender) => ({ row, contender }));
  });
}
