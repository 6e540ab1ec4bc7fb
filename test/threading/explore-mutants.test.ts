import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { algorithmsIn } from "./explore/modules.js";
import { mutants, pathOf, plant } from "./explore/mutants.js";
import { scenariosOf } from "./explore/scenarios.js";
import { shows } from "./explore/shows.js";

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
