import type { Exploration } from "./explorer.js";
import { Explorer } from "./explorer.js";
import type { NamedScenario } from "./scenarios.js";

/** Interruptions, and states that are not too many. */
export type Bounds = readonly (readonly [switches: number, states: number])[];

/** As many as a second or two suffices for. */
const bounds: Bounds = [
  [2, 12_000],
  [1, 12_000],
  [0, 60_000],
];

/**
 * Looks at all orders with as many interruptions as can be looked at in a moment, then at some that chance chooses.
 * @returns what was found with the most interruptions that were looked at completely.
 * @throws Violation
 */
export function check(
  scenario: NamedScenario,
  orders: number,
  seed: number,
  most = bounds,
): Exploration & { switches: number } {
  for (const [switches, states] of most) {
    const found = new Explorer(scenario).explore(states, switches);
    if (!found.complete) continue;
    if (switches < 2) new Explorer(scenario).sample(orders, seed);
    return { ...found, switches };
  }
  throw new Error(`${scenario.claim} has too many states`);
}
