/**
 * Where a library of a name may be: what a linker's `-l` would look for, and what its search path has without the
 * development files that `-l` needs.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import path from "node:path";

/** Names of libraries whose file has another name than they, by system. */
const known: Readonly<Partial<Record<NodeJS.Platform, Readonly<Record<string, readonly string[]>>>>> = {
  linux: {
    c: ["libc.so.6", `libc.musl-${machine()}.so.1`],
    m: ["libm.so.6", `libc.musl-${machine()}.so.1`],
    z: ["libz.so.1"],
  },
  darwin: { c: ["libSystem.B.dylib"], m: ["libSystem.B.dylib"] },
  win32: { c: ["ucrtbase.dll", "msvcrt.dll"], m: ["ucrtbase.dll", "msvcrt.dll"] },
};

/** Names and paths to try for a name, in this order. */
export function* candidatesFor(name: string): Generator<string> {
  if (isFile(name)) return yield name;
  yield* known[process.platform]?.[name] ?? [];
  if (process.platform === "win32") return yield* [`${name}.dll`, `lib${name}.dll`];
  if (process.platform === "darwin") return yield* onMac(name);
  yield `lib${name}.so`;
  // without development files there are only those of a version
  yield* versionsOf(name);
}

/** Whether a name says itself which file is meant. */
const isFile = (name: string): boolean => /[\\/]|\.(?:so(?:\.[\d.]+)?|dylib|dll|node)$/.test(name);

function* onMac(name: string): Generator<string> {
  yield `lib${name}.dylib`;
  for (const folder of [
    "/opt/homebrew/lib",
    `/opt/homebrew/opt/${name}/lib`,
    "/usr/local/lib",
    `/usr/local/opt/${name}/lib`,
  ])
    yield `${folder}/lib${name}.dylib`;
  yield `/System/Library/Frameworks/${name}.framework/${name}`;
}

/** The versions of a library that lie in the usual folders, the highest first. */
function versionsOf(name: string): string[] {
  const start = `lib${name}.so.`;
  const found = new Map<string, string>();
  for (const folder of folders()) {
    for (const file of filesOf(folder)) {
      if (file.startsWith(start) && /^[\d.]+$/.test(file.slice(start.length)) && !found.has(file))
        found.set(file, path.join(folder, file));
    }
  }
  const inOrder = [...found].toSorted(([one], [other]) => other.localeCompare(one, "en", { numeric: true }));
  return inOrder.map(([, file]) => file);
}

function folders(): string[] {
  const asked = (process.env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "");
  const triplet = `${machine()}-linux-gnu${process.arch === "arm" ? "eabihf" : ""}`;
  return [
    ...asked,
    "/usr/local/lib",
    `/lib/${triplet}`,
    `/usr/lib/${triplet}`,
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
  ];
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // not every system has every folder
    return [];
  }
}

/** The machine as paths name it. */
function machine(): string {
  const names: Partial<Record<NodeJS.Architecture, string>> = {
    x64: "x86_64",
    arm64: "aarch64",
    ia32: "i386",
    ppc64: "powerpc64le",
  };
  return names[process.arch] ?? process.arch;
}
