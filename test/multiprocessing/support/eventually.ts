import { until } from "ungil/testing";

/** Waits until something that has to be asked for is so. */
export async function eventually(ask: () => Promise<boolean>, what: string): Promise<void> {
  let isSo = false;
  let asked = true;
  const look = (): boolean => {
    if (asked && !isSo) {
      asked = false;
      void ask().then((answer) => {
        isSo = answer;
        asked = true;
      });
    }
    return isSo;
  };
  await until(look, what);
}
