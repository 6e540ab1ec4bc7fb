import assert from "node:assert/strict";
import { Explorer, Violation } from "./explorer.js";
import type { NamedScenario } from "./scenarios.js";

/** Whether some order of steps shows a defect. */
export function shows(scenario: NamedScenario): boolean {
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
