import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { Explorer, Violation } from "./explore/explorer.js";
import { algorithmsIn } from "./explore/modules.js";
import { mutants, pathOf, plant } from "./explore/mutants.js";
import { type NamedScenario, scenariosOf } from "./explore/scenarios.js";

/** Whether some order of steps shows a defect. */
function shows(scenario: NamedScenario): boolean {
  try {
    const { complete } = new Explorer(scenario).explore(40_000, 2);
    if (complete) new Explorer(scenario).explore(100_000, 3);
    new Explorer(scenario).sample(500, 1);
    return false;
  } catch (error) {
    // a check of the scenario itself, or of the primitive, that failed on the way
    assert.ok(error instanceof Violation);
    return true;
  }
}

for (const mutant of mutants) {
  test(`the explorer finds a planted defect: ${mutant.defect}`, async () => {
    const folder = plant(mutant);
    try {
      const scenarios = scenariosOf(await algorithmsIn(folder));
      const meant = scenarios.filter(({ claim }) => claim.startsWith(mutant.foundBy));
      assert.ok(meant.length > 0);
      assert.ok(meant.some(shows));
    } finally {
      rmSync(pathOf(folder), { recursive: true, force: true });
    }
  });
}
