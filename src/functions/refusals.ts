/**
 * What a function's text can take from the code around it that no copy could bring along (rule 5).
 *
 * @module
 */
import type { TextAnalysis } from "./analysis/text.js";
import type { Definition } from "./definition.js";
import type { Trail } from "./trail.js";

/** @throws CaptureError where the text depends on more than variables. */
export function refuseUnsendableText(
  analysis: TextAnalysis,
  trail: Trail,
  place: Definition | undefined,
): void {
  const { outer, isArrow } = analysis;
  if (outer.directEval)
    throw trail.refusal(
      "it calls eval(), so what it captures cannot be known",
      "Use new Function, or export it from a module",
    );
  if (outer.with)
    throw trail.refusal(
      "it uses a `with` statement, so what it captures cannot be known",
      "Export it from a module",
    );
  if (isArrow && outer.this && !isAtModuleTop(place))
    throw trail.refusal(
      "it is an arrow function that uses `this` of the code around it",
      "Store `this`, or what is needed of it, in a const and capture that",
    );
  if (isArrow && outer.arguments)
    throw trail.refusal(
      "it is an arrow function that uses `arguments` of the function around it",
      "Copy them to a const: const args = [...arguments]",
    );
  if (isArrow && outer.newTarget)
    throw trail.refusal(
      "it is an arrow function that uses `new.target` of the function around it",
      "Store `new.target` in a const and capture that",
    );
  if (outer.privateName)
    throw trail.refusal(
      `it uses the private member ${outer.privateName} of the class around it`,
      "Capture the class and call it in an arrow function, or pass the public data",
    );
  if (outer.super)
    throw trail.refusal(
      "it uses `super`, whose object cannot be found from a method alone",
      "Capture the class or object and call the method in an arrow function",
    );
}

/** `this` is undefined at the top of an ES module: an arrow there takes nothing along. */
function isAtModuleTop(place: Definition | undefined): boolean {
  if (!place?.inModule || !place.position) return false;
  const facts = place.script.facts(true);
  return facts !== undefined && !facts.surroundingsAt(place.position.offset).ownThis;
}
