import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./explore/check.js";
import { mapAlgorithmsIn } from "./explore/map-modules.js";
import { mapScenariosOf } from "./explore/map-scenarios.js";
import { builtFolder } from "./explore/modules.js";

const orders = 100;

for (const scenario of mapScenariosOf(await mapAlgorithmsIn(builtFolder))) {
  test(`no order of steps, and no death, shows half of an entry: ${scenario.claim}`, (t) => {
    const { states, ends, deaths, switches } = check(scenario, orders, 1);
    t.diagnostic(`${states} states, ${ends} ends, ${deaths} after a death, ${switches} interruptions`);
    assert.ok(ends > 0);
    assert.equal(deaths > 0, scenario.victim !== undefined);
  });
}
