import type { ResourceLimits } from "node:worker_threads";

/** Options of this process that a worker must not repeat: scripts given as text, debuggers, runners. */
const dropped =
  /^--(?:input-type|test\b|inspect|debug-port|watch|eval|print|check|interactive|run|cpu-prof|heap-prof|prof\b)|^-(?:e|p|pe|c|i)$/;

/** Of these, the ones whose value may be the next argument. */
const valued =
  /^(?:--(?:input-type|eval|print|run|debug-port|watch-path|test-(?:name-pattern|skip-pattern|reporter|reporter-destination|concurrency|timeout|shard))|-(?:e|p|pe))$/;

/** Node options of this process that workers are started with. */
export function execArgvForProcesses(execArgv: readonly string[] = process.execArgv): string[] {
  const result: string[] = [];
  for (let at = 0; at < execArgv.length; at++) {
    const option = execArgv[at]!;
    if (!dropped.test(option)) result.push(option);
    else if (valued.test(option)) at++;
  }
  return result;
}

/** V8's options for limits that threads are given as an object. */
export function limitsAsOptions(limits: ResourceLimits = {}): string[] {
  const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb, stackSizeMb } = limits;
  const options: string[] = [];
  if (maxOldGenerationSizeMb !== undefined)
    options.push(`--max-old-space-size=${Math.max(1, Math.round(maxOldGenerationSizeMb))}`);
  // a young generation is three semi-spaces
  if (maxYoungGenerationSizeMb !== undefined)
    options.push(`--max-semi-space-size=${Math.max(1, Math.round(maxYoungGenerationSizeMb / 3))}`);
  // in KB
  if (stackSizeMb !== undefined) options.push(`--stack-size=${Math.round(stackSizeMb * 1024)}`);
  return options;
}
