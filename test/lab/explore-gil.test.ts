import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../threading/explore/check.js";
import { builtFolder } from "../threading/explore/modules.js";
import { gilIn } from "./explore/modules.js";
import { gilScenarios } from "./explore/scenarios.js";

const orders = 250;

for (const scenario of gilScenarios(await gilIn(builtFolder))) {
  test(`no order of steps lets two have it, leaves one asleep or breaks a rule: ${scenario.claim}`, (t) => {
    const { states, ends, deaths, switches } = check(scenario, orders, 1);
    t.diagnostic(`${states} states, ${ends} ends, ${deaths} after a death, ${switches} interruptions`);
    assert.ok(ends > 0);
    assert.equal(deaths > 0, scenario.victim !== undefined);
  });
}
