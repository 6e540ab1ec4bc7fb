import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bounds, check } from "./check.js";
import { builtFolder } from "./modules.js";
import { queueAlgorithmsIn } from "./queue-modules.js";
import { queueScenariosOf } from "./queue-scenarios.js";

/** A death is possible at each step of a thread: there are more orders of fewer interruptions. */
const bounds: Bounds = [
  [2, 4_500],
  [1, 4_500],
  [0, 60_000],
];
const orders = 20;

/** Checks the scenarios whose claims begin so, and with nothing of what is left out. */
export async function exploresQueue(beginning: string, but?: string): Promise<void> {
  const scenarios = queueScenariosOf(await queueAlgorithmsIn(builtFolder)).filter(
    ({ claim }) => claim.startsWith(beginning) && !(but !== undefined && claim.startsWith(but)),
  );
  assert.ok(scenarios.length > 0);
  for (const scenario of scenarios) {
    test(`J no order of steps loses an item or a wake-up: ${scenario.claim}`, (t) => {
      const { states, ends, deaths, switches } = check(scenario, orders, 1, bounds);
      t.diagnostic(`${states} states, ${ends} ends, ${deaths} after a death, ${switches} interruptions`);
      assert.ok(ends > 0);
      assert.equal(deaths > 0, scenario.victim !== undefined);
    });
  }
}
