import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { pathOf, plant } from "../threading/explore/mutants.js";
import { shows } from "../threading/explore/shows.js";
import { gilFolder, gilIn } from "./explore/modules.js";
import { gilMutants } from "./explore/mutants.js";
import { gilScenarios } from "./explore/scenarios.js";

for (const mutant of gilMutants) {
  test(`the explorer finds a planted defect: ${mutant.defect}`, async () => {
    const folder = plant({ ...mutant, folder: gilFolder });
    try {
      const scenarios = gilScenarios(await gilIn(folder));
      const meant = scenarios.filter(({ claim }) => claim.startsWith(mutant.foundBy));
      assert.ok(meant.length > 0);
      assert.ok(meant.some(shows));
    } finally {
      rmSync(pathOf(folder), { recursive: true, force: true });
    }
  });
}
