// Completes the lock files, or those that are named, with the optional packages of other platforms.
//
// A tool with native binaries lists one optional package per platform. A registry mirror may carry only some
// of them; npm then leaves the others out of the lock file, and `npm ci` refuses the file everywhere. Their
// version and platform are known from the list, so the entries can be written without fetching them. Run it
// after a change of dependencies: `npm run lock`. With `--check` it only tells what is missing.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony"];
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

/** What a package's name says of the platform it is for; undefined when it names none. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = [...systems, "sunos", "win32"].find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (!os || !cpu) return undefined;
  const libc = words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return { os: [os], cpu: [cpu], ...(os === "linux" && libc && { libc: [libc] }) };
}

/** The entries that a lock file lacks, by their path. */
function missingEntries(packages) {
  const missing = {};
  for (const owner of Object.values(packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      const key = `node_modules/${name}`;
      const platform = platformOf(name);
      if (packages[key] || !platform) continue;
      missing[key] = { version, ...platform, dev: true, optional: true };
    }
  }
  return missing;
}

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const checking = process.argv.includes("--check");

for (const name of named.length > 0 ? named : ["package-lock.json", "bench/package-lock.json"]) {
  const file = path.join(root, name);
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lock.packages);
  const count = Object.keys(missing).length;
  if (checking) {
    if (count === 0) continue;
    console.error(`${name} lacks ${count} packages: run \`npm run lock\``);
    process.exitCode = 1;
    continue;
  }
  lock.packages = Object.fromEntries(
    Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) => a.localeCompare(b, "en")),
  );
  writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(`${name}: added ${count} entries`);
}
