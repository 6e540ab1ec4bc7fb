import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { mapAlgorithmsIn } from "./explore/map-modules.js";
import { mapMutants } from "./explore/map-mutants.js";
import { mapScenariosOf } from "./explore/map-scenarios.js";
import { pathOf, plant } from "./explore/mutants.js";
import { shows } from "./explore/shows.js";

for (const mutant of mapMutants) {
  test(`the explorer finds a planted defect: ${mutant.defect}`, async () => {
    const folder = plant(mutant);
    try {
      const scenarios = mapScenariosOf(await mapAlgorithmsIn(folder));
      const meant = scenarios.filter(({ claim }) => claim.startsWith(mutant.foundBy));
      assert.ok(meant.length > 0);
      assert.ok(meant.some(shows));
    } finally {
      rmSync(pathOf(folder), { recursive: true, force: true });
    }
  });
}
