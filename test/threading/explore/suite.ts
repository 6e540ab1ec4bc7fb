import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./check.js";
import { algorithmsIn, builtFolder } from "./modules.js";
import { scenariosOf } from "./scenarios.js";

const orders = 250;

/** Checks the scenarios of one primitive. */
export async function explores(primitive: string): Promise<void> {
  const scenarios = scenariosOf(await algorithmsIn(builtFolder)).filter(({ claim }) =>
    claim.startsWith(`${primitive}:`),
  );
  assert.ok(scenarios.length > 0);
  for (const scenario of scenarios) {
    test(`K no order of steps loses a wake-up, lets two in or passes somebody over: ${scenario.claim}`, (t) => {
      const { states, ends, deaths, switches } = check(scenario, orders, 1);
      t.diagnostic(`${states} states, ${ends} ends, ${deaths} after a death, ${switches} interruptions`);
      assert.ok(ends > 0);
      assert.equal(deaths > 0, scenario.victim !== undefined);
    });
  }
}
