/** Options of this process that a worker thread must not repeat: scripts given as text, debuggers, runners. */
const dropped = /^--(?:input-type|test\b|inspect|watch|eval|print|check|interactive)|^-(?:e|p|pe|c|i)$/;

/**
 * What has to be kept when a list must be given: how modules are found and loaded, and how loud Node is. Node
 * refuses a given list with V8's flags or with those of the whole process, which are in force anyway.
 */
const kept = new RegExp(
  `^(?:--(?:no-)?(?:${[
    "import",
    "require",
    "(?:experimental-)?loader",
    "conditions",
    "enable-source-maps",
    "preserve-symlinks",
    "experimental-(?:strip-types|transform-types|vm-modules|wasm-modules|import-meta-resolve|require-module|detect-module|sqlite|websocket)",
    "warnings",
    "disable-warning",
    "deprecation",
    "trace-(?:warnings|deprecation|uncaught)",
    "unhandled-rejections",
  ].join("|")})(?:=.*)?|-[rC])$`,
  "s",
);

/** Of these, the ones whose value may be the next argument. */
const valued =
  /^(?:--(?:import|require|(?:experimental-)?loader|conditions|disable-warning|unhandled-rejections)|-[rC])$/;

/**
 * Node options for workers: `undefined` where this process's can simply be inherited, which Node checks less
 * strictly than a list that is given.
 */
export function execArgvForWorkers(execArgv: readonly string[] = process.execArgv): string[] | undefined {
  if (!execArgv.some((each) => dropped.test(each))) return undefined;
  const result: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const option = execArgv[i]!;
    if (!kept.test(option)) continue;
    result.push(option);
    const value = execArgv[i + 1];
    if (valued.test(option) && value !== undefined) {
      result.push(value);
      i++;
    }
  }
  return result;
}
