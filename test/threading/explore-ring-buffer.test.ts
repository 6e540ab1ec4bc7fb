import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { check } from "./explore/check.js";
import { builtFolder } from "./explore/modules.js";
import { pathOf, plant } from "./explore/mutants.js";
import { ringMutants } from "./explore/ring-mutants.js";
import { ringAlgorithmsIn, ringScenariosOf } from "./explore/ring-scenarios.js";
import { shows } from "./explore/shows.js";

for (const scenario of ringScenariosOf(await ringAlgorithmsIn(builtFolder))) {
  test(`no order of steps loses a byte or a wake-up: ${scenario.claim}`, (t) => {
    const { states, ends, deaths, switches } = check(scenario, 200, 1);
    t.diagnostic(`${states} states, ${ends} ends, ${deaths} after a death, ${switches} interruptions`);
    assert.ok(ends > 0);
    assert.equal(deaths > 0, scenario.victim !== undefined);
  });
}

for (const mutant of ringMutants) {
  test(`the explorer finds a planted defect: ${mutant.defect}`, async () => {
    const folder = plant(mutant);
    try {
      const scenarios = ringScenariosOf(await ringAlgorithmsIn(folder));
      const meant = scenarios.filter(({ claim }) => claim.startsWith(mutant.foundBy));
      assert.ok(meant.length > 0);
      assert.ok(meant.some(shows));
    } finally {
      rmSync(pathOf(folder), { recursive: true, force: true });
    }
  });
}
