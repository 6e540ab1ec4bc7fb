import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import type { Effort, ExperimentReport } from "../../lab/index.js";
import { version } from "../version.js";

/** Where and when it was measured. */
export interface LabMachine {
  readonly processor: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** Such as `linux x64`. */
  readonly platform: string;
  /** Such as `v20.20.2`. */
  readonly node: string;
  /** Processes that wanted a core in the minute before, on average; undefined where the system does not tell. */
  readonly load: number | undefined;
}

/** An experiment that could not be done. */
export interface FailedExperiment {
  readonly name: string;
  readonly title: string;
  readonly error: string;
}

/** All that a run of `ungil lab` found: what `--json` prints and the report shows. */
export interface LabDocument {
  readonly ungil: string;
  /** ISO 8601. */
  readonly date: string;
  readonly effort: Effort;
  readonly machine: LabMachine;
  readonly experiments: readonly ExperimentReport[];
  readonly failed: readonly FailedExperiment[];
}

/** What the machine is, and how busy before the experiments. */
export function describeMachine(): LabMachine {
  return {
    processor: cpus()[0]?.model.trim() || "unknown processor",
    cores: availableParallelism(),
    memory: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    // Windows has none, and says 0
    load: process.platform === "win32" ? undefined : loadavg()[0],
  };
}

/** The document without experiments yet. */
export const beginDocument = (effort: Effort, machine: LabMachine): LabDocument => ({
  ungil: version(),
  date: new Date().toISOString(),
  effort,
  machine,
  experiments: [],
  failed: [],
});

/** The machine in a line. */
export function machineLine({ processor, cores, memory, platform, node }: LabMachine): string {
  return `${processor}, ${cores} ${cores === 1 ? "core" : "cores"}, ${Math.round(memory / 2 ** 30)} GiB, ${platform}, Node ${node}`;
}

/** What has to be said before any figure is believed; undefined where nothing has. */
export function busyNote({ load, cores }: LabMachine): string | undefined {
  if (load === undefined || load < cores / 2) return undefined;
  return `This machine was busy with other things: its load was ${load.toFixed(1)} on ${cores} ${cores === 1 ? "core" : "cores"}. Measure again when it is idle.`;
}
