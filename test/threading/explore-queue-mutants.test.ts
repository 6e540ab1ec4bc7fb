import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { pathOf, plant } from "./explore/mutants.js";
import { queueAlgorithmsIn } from "./explore/queue-modules.js";
import { queueMutants } from "./explore/queue-mutants.js";
import { queueScenariosOf } from "./explore/queue-scenarios.js";
import { shows } from "./explore/shows.js";

for (const mutant of queueMutants) {
  test(`the explorer finds a planted defect: ${mutant.defect}`, async () => {
    const folder = plant(mutant);
    try {
      const scenarios = queueScenariosOf(await queueAlgorithmsIn(folder));
      const meant = scenarios.filter(({ claim }) => claim.startsWith(mutant.foundBy));
      assert.ok(meant.length > 0);
      assert.ok(meant.some(shows));
    } finally {
      rmSync(pathOf(folder), { recursive: true, force: true });
    }
  });
}
