// Writes the API reports: one file per public entry in api/, from the built declarations. `npm run api`
// builds first; the test test/project/api.test.ts fails while the reports and the build differ.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { exportsOf, reportOf } from "../build/test/project/support/api-report.js";

const folder = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), "api");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [entry, names] of exportsOf()) {
  writeFileSync(path.join(folder, `${entry}.d.ts.txt`), reportOf(entry, names));
  console.log(`api/${entry}.d.ts.txt: ${names.length} names`);
}
