import type { TimeSummary } from "../futures/executor.js";

/** Parts that each doubling of the time is divided into, as a power of two: a part is at most 1/64 wide. */
const partBits = 6;
const parts = 2 ** partBits;
/** The unit of counting, as part of a ms: 1/64 µs, so that from 1 µs on a part is a whole number of units. */
const unitsPerMs = 1000 * parts;
/** Doublings that fit in 31 bits of units, which is 33 s, and as many more for the rest: 51 days. */
const coarseShift = 17;
const longest = 2 ** (31 + coarseShift) - 2 ** coarseShift;

/** Powers of two up to `longest`, which takes all of 31 bits after the coarse shift, and the first for what is below. */
const octaves = coarseShift + 31 - partBits + 1;

/**
 * Spread of a time: how many were recorded, their mean and greatest exactly, and percentiles to within 1 %.
 *
 * It is the histogram of Gil Tene's HdrHistogram (https://hdrhistogram.org): a time is counted by its power of
 * two and by the leading bits after it, so that a bucket is found without a logarithm and is as wide, in
 * proportion, for short times as for long ones. A power of two takes 512 bytes, from the first time of its size
 * on. Times below 1 µs are counted in steps of 1/64 µs.
 */
export class TimeSpread {
  /** Counts by power of two, then by part. */
  readonly #octaves: (Float64Array | undefined)[] = new Array(octaves).fill(undefined);
  #count = 0;
  #sum = 0;
  #max = 0;

  /**
   * Counts a time.
   * @param ms - the time in ms; one below 0, as a clock that was set back gives, counts as 0.
   * @param count - how many times it was that.
   */
  record(ms: number, count = 1): void {
    const time = ms > 0 ? ms : 0;
    this.#count += count;
    this.#sum += time * count;
    if (time > this.#max) this.#max = time;
    let units = Math.min(time * unitsPerMs, longest);
    let octave = 0;
    if (units >= 2 ** 31) {
      units /= 2 ** coarseShift;
      octave = coarseShift;
    }
    const whole = Math.floor(units);
    // how often it has to be halved until it is below two times `parts`
    const halvings = whole < parts ? 0 : 31 - partBits - Math.clz32(whole);
    const part = whole >> halvings;
    octave += halvings + (part >> partBits);
    const counts = (this.#octaves[octave] ??= new Float64Array(parts));
    counts[part & (parts - 1)]! += count;
  }

  /** A frozen look; times in ms. */
  summary(): TimeSummary {
    const count = this.#count;
    const mean = count === 0 ? 0 : this.#sum / count;
    return Object.freeze({
      count,
      mean,
      p50: this.#percentile(0.5),
      p99: this.#percentile(0.99),
      max: this.#max,
    });
  }

  /** The time that a share (0 to 1) of all stay within, in ms: the middle of its bucket. */
  #percentile(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (const [octave, counts] of this.#octaves.entries()) {
      if (!counts) continue;
      for (const [part, count] of counts.entries()) {
        seen += count;
        if (count > 0 && seen >= rank) return Math.min(middleOf(octave, part), this.#max);
      }
    }
    return 0;
  }
}

/** The middle of a bucket in ms. The first power of two holds what is below 1 µs, in steps as wide as the next. */
function middleOf(octave: number, part: number): number {
  if (octave === 0) return (part + 0.5) / unitsPerMs;
  return ((parts + part + 0.5) * 2 ** (octave - 1)) / unitsPerMs;
}

/** What an executor counts. */
export class Counters {
  submitted = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  retried = 0;
  running = 0;
  peakQueued = 0;
  peakWorkers = 0;
  started = 0;
  crashed = 0;
  recycled = 0;
  readonly waitTime = new TimeSpread();
  readonly runTime = new TimeSpread();
}
