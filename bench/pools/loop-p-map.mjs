import pMap from "p-map";

export function mapAll(items, fn, concurrency) {
  return pMap(items, fn, { concurrency });
}
