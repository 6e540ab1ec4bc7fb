/** What each process does: it tells who it is. */
import { currentProcess } from "ungil/multiprocessing";

export function tell(number) {
  const { name, pid } = currentProcess();
  console.log(`${name}: worker ${number} has PID ${pid}`);
}
