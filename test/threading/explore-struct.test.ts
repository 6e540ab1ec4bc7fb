import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { check } from "./explore/check.js";
import { builtFolder } from "./explore/modules.js";
import { type Mutant, pathOf, plant } from "./explore/mutants.js";
import { shows } from "./explore/shows.js";
import { structFolder, textAlgorithmsIn, textScenariosOf } from "./explore/text-scenarios.js";

for (const scenario of textScenariosOf(await textAlgorithmsIn(builtFolder))) {
  test(`no order of steps, and no death, shows half of a string: ${scenario.claim}`, () => {
    const { ends, deaths } = check(scenario, 100, 1);
    assert.ok(ends > 0);
    assert.equal(deaths > 0, scenario.victim !== undefined);
  });
}

const mutants: Omit<Mutant, "folder" | "file">[] = [
  {
    defect: "a string is written over the one before",
    find: "placeOf(at, most, next), text.words",
    put: "placeOf(at, most, next ^ secondBit), text.words",
    foundBy: "text: who dies",
  },
  {
    defect: "a string is read where nobody keeps writers away",
    find: "read(at, most, into) {\n        const { atomics } = this.#environment;\n        this.#section.within(",
    put: "read(at, most, into) {\n        const { atomics } = this.#environment;\n        ((body) => body())(",
    foundBy: "text: two write",
  },
  {
    defect: "where a string is changes before it is written",
    find: "atomics.pokeRun(",
    put: "this.#section.set(at, (text.length << lengthShift) | next); this.#section.commit(); atomics.pokeRun(",
    foundBy: "text: who dies",
  },
];

for (const mutant of mutants) {
  test(`the explorer finds a planted defect: ${mutant.defect}`, async () => {
    const folder = plant({ ...mutant, folder: structFolder, file: "text-cells" });
    try {
      const scenarios = textScenariosOf(await textAlgorithmsIn(folder));
      assert.ok(scenarios.filter(({ claim }) => claim.startsWith(mutant.foundBy)).some(shows));
    } finally {
      rmSync(pathOf(folder), { recursive: true, force: true });
    }
  });
}
