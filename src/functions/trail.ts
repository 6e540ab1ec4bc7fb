import { CaptureError } from "../errors.js";
import { packageHome } from "../package-home.js";

/**
 * In a bundle the functions of packages are the program's own, and travel by value. Where one can't, its users meet
 * the insides of somebody else's package in the error, ours among them.
 */
const bundleAdvice =
  "If that is the inside of a package, ungil's own included, keep the package out of the bundle, so that workers import it";

/** The way from the submitted function to a value: what an error message shows. */
export class Trail {
  private constructor(
    readonly part: string,
    readonly parent: Trail | undefined,
    readonly location: string | undefined,
  ) {}

  static start(functionName: string, location?: string): Trail {
    return new Trail(`\`${functionName}\``, undefined, location);
  }

  /** One step further. `location` is that of the function which the step leads into. */
  to(part: string, location = this.location): Trail {
    return new Trail(part, this, location);
  }

  at(location: string | undefined): Trail {
    return new Trail(this.part, this.parent, location);
  }

  /** The parts from the start on; the middle of a very long way is left out. */
  get path(): string[] {
    const path = [this.part];
    for (let step = this.parent; step; step = step.parent) path.unshift(step.part);
    return path.length <= 24 ? path : [...path.slice(0, 12), "…", ...path.slice(-12)];
  }

  /** The error that refuses the value at the end of this trail. */
  refusal(reason: string, advice?: string, cause?: unknown): CaptureError {
    const { path } = this;
    const inBundle = packageHome === undefined && path.length > 2;
    const advices = inBundle ? [advice, bundleAdvice] : [advice];
    return new CaptureError(reason, {
      functionName: (path[0] ?? "").replaceAll("`", ""),
      location: this.location,
      path,
      advice: advices.filter((each) => each !== undefined).join(". ") || undefined,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
