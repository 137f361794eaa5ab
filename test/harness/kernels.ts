import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./place.ts";

/**
 * The kernels that guest tests boot, the fastest first. Debian's have everything as modules: 6.1
 * virtio too, 6.12 in compressed files. The built-in ones have no module at all and are there only
 * where someone has put them beside the repository.
 */
const paths = {
  "builtin-6.12": "../shared/kernels/6.12",
  "builtin-6.1": "../shared/kernels/6.1",
  "debian-6.12": ".cache/kernels/debian-6.12",
  "debian-6.1": ".cache/kernels/debian-6.1",
} as const;

/** Others that VIMTO_TEST_KERNELS names are unpacked in .cache/kernels too. */
export type KernelName = keyof typeof paths | `debian-${string}`;

/** A kernel to test with, or why there is none of that name. */
export interface TestKernel {
  readonly name: KernelName;
  readonly path: string;
  readonly missing?: string;
  /** Whether it may be missing on a machine made for testing too. */
  readonly optional?: true;
}

/** "all", one that the name of the test decides on ("one"), that which boots in the shortest time, or these. */
export type KernelChoice = "all" | "one" | "fastest" | readonly KernelName[];

/** VIMTO_TEST_KERNELS, a list with commas, leaves out the kernels that it does not name. */
const selected = process.env.VIMTO_TEST_KERNELS?.split(",");

/** The usual ones that are asked for, and then the others; a name that is neither is a mistake. */
const kernelNames = [
  ...Object.keys(paths).filter((name) => selected?.includes(name) ?? true),
  ...(selected ?? []).filter((name) => !Object.hasOwn(paths, name)),
].map((name) => {
  if (!isKernelName(name)) throw new Error(`VIMTO_TEST_KERNELS names no kernel by ${name}`);
  return name;
});

function isKernelName(name: string): name is KernelName {
  return Object.hasOwn(paths, name) || name.startsWith("debian-");
}

function kernel(name: KernelName): TestKernel {
  const usual: Readonly<Record<string, string>> = paths;
  const path = join(root, usual[name] ?? `.cache/kernels/${name}`);
  if (existsSync(path)) return { name, path };
  if (name.startsWith("builtin-"))
    return { name, path, optional: true, missing: `no clone of the project has ${name}` };
  return {
    name,
    path,
    missing: `there is no .cache/kernels/${name}: run scripts/setup test, or scripts/test --kernels`,
  };
}

/**
 * @param name of the test, for "one": each test has a kernel of its own that stays the same on a machine, so that
 *   no kind of kernel is left out by all of them
 */
export function testKernels(choice: KernelChoice, name = ""): TestKernel[] {
  const found = kernelNames.map(kernel);
  if (choice === "all") return found;
  if (choice !== "one" && choice !== "fastest")
    return found.filter((candidate) => choice.includes(candidate.name));
  const there = found.filter(({ missing }) => missing === undefined);
  const chosen = choice === "one" ? chosenFor(name, there) : there[0];
  const needed = found.find(({ optional }) => optional === undefined);
  return [chosen ?? needed ?? found[0]].filter((one) => one !== undefined);
}

/** The kernel whose name makes the largest number with that of the test: another kernel takes only its own tests. */
function chosenFor(test: string, kernels: readonly TestKernel[]): TestKernel | undefined {
  const numbers = kernels.map(({ name }) => Bun.hash.xxHash64(`${test}\0${name}`));
  const [most] = [...numbers].sort((a, b) => (a < b ? 1 : -1));
  return most === undefined ? undefined : kernels[numbers.indexOf(most)];
}

/** What `uname -r` prints: a Debian kernel's modules are in a directory of that name, of others the line is known. */
export function releaseOf({ name, path }: TestKernel): RegExp {
  const modules = ["lib/modules", "usr/lib/modules"]
    .map((directory) => join(path, directory))
    .find(existsSync);
  const [release] = modules === undefined ? [] : readdirSync(modules);
  const known = release ?? `${name.replace("builtin-", "")}.`;
  return new RegExp(`${known.replaceAll(/[.+]/g, "\\$&")}${release ? "" : "[0-9]+"}`);
}

/** The fastest kernel that is there, for tests that need any; throws when there is none. */
export function anyKernel(): string {
  const [first] = testKernels("fastest");
  if (first === undefined || first.missing !== undefined) {
    throw new Error(`no kernel to test with: ${first?.missing ?? "VIMTO_TEST_KERNELS names none"}`);
  }
  return first.path;
}

/** Debian's cloud kernel of the 6.1 line, which has virtiofs and no 9p. */
export const cloudKernel = join(root, ".cache/kernels/debian-6.1-cloud");
