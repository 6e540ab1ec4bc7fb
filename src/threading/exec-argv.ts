/** Options of this process that a worker thread must not repeat: scripts given as text, debuggers, runners. */
const dropped = /^--(input-type|test|inspect|watch|eval|print|check|interactive)\b|^-(e|p|pe|c|i)$/;

/** Of these, the ones whose value is the next argument. */
const withValue = /^(-e|-p|-pe|--eval|--print)$/;

/**
 * Node options for workers: `undefined` where this process's can simply be inherited, which Node checks less
 * strictly than a list that is given.
 */
export function execArgvForWorkers(): string[] | undefined {
  if (!process.execArgv.some((each) => dropped.test(each))) return undefined;
  const kept: string[] = [];
  for (let i = 0; i < process.execArgv.length; i++) {
    const option = process.execArgv[i]!;
    if (!dropped.test(option)) kept.push(option);
    else if (withValue.test(option)) i++;
  }
  return kept;
}
