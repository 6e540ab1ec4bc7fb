import assert from "node:assert/strict";
import { test } from "node:test";
import { Explorer } from "../threading/explore/explorer.js";
import { builtFolder } from "../threading/explore/modules.js";
import { type CrewAlgorithm, crewScenarios } from "./support/crew-scenarios.js";

const load = (name: string): Promise<object> =>
  import(new URL(`numeric/crew/${name}.js`, builtFolder).href) as Promise<object>;
const crew = Object.assign({}, await load("slots"), await load("helper-loop")) as CrewAlgorithm;

/** Interruptions, and states that a second suffices for. */
const bounds = [
  [2, 6_000],
  [1, 10_000],
  [0, 30_000],
] as const;

for (const scenario of crewScenarios(crew)) {
  test(`no order of steps loses a piece, does one twice or leaves anybody waiting: ${scenario.claim}`, (t) => {
    for (const [switches, states] of bounds) {
      const found = new Explorer(scenario).explore(states, switches);
      if (!found.complete) continue;
      const sampled = new Explorer(scenario).sample(100, 1);
      t.diagnostic(
        `${found.states} states, ${found.ends} ends, ${found.deaths} after a death, ${switches} interruptions; ${sampled.ends} more orders`,
      );
      assert.ok(found.ends > 0);
      assert.equal(found.deaths > 0, scenario.victim !== undefined);
      return;
    }
    assert.fail("too many states");
  });
}
