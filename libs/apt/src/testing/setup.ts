import { readdirSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { fakeClock } from "@vimto/http/testing/fake-clock";
import { type PullEvent, Store } from "@vimto/store";
import { type FetchOptions, fetchKernel } from "../fetch/fetch-kernel.ts";
import { type ListOptions, listKernels } from "../fetch/list.ts";
import { parseKernelName } from "../names/kernel-name.ts";
import { ServedArchive } from "./serve.ts";
import type { TestArchive, TestPackage } from "./test-archive.ts";

/** A kernel in one package, as Debian has had them up to 13. */
export function wholeKernel(release: string, version: string): TestPackage {
  return {
    name: `linux-image-${release}`,
    version,
    depends: "kmod, linux-base (>= 4.3~), initramfs-tools (>= 0.120) | linux-initramfs-tool",
    files: {
      [`boot/vmlinuz-${release}`]: `kernel ${release} ${version}`,
      [`boot/config-${release}`]: "CONFIG_X=y\n",
      [`lib/modules/${release}/kernel/a.ko`]: "module a",
      [`usr/share/doc/linux-image-${release}/copyright`]: "nobody unpacks this",
    },
  };
}

/** The package that depends on the newest kernel. */
export function meta(name: string, release: string, version: string): TestPackage {
  return { name, version, depends: `linux-image-${release} (= ${version})` };
}

/** A store, a server and functions that ask it without waits and without anything of this machine. */
export function setup(archive: TestArchive) {
  const scratched = scratch();
  const served = new ServedArchive(archive);
  const store = new Store(join(scratched.path, "store"));
  const events: PullEvent[] = [];
  const clock = fakeClock();
  const common = {
    store,
    architecture: "amd64",
    mirrors: { debian: served.mirror, ubuntu: `http://${served.host}` },
    host: { sources: [], proxies: {}, checkValidUntil: true },
    keyring: archive.keyring,
    clock,
    onEvent: (event: PullEvent) => void events.push(event),
  } as const;
  return {
    served,
    store,
    events,
    clock,
    path: scratched.path,
    get: (text: string, more: Partial<FetchOptions> = {}) => {
      const name = parseKernelName(text);
      if (name === undefined) throw new TypeError(text);
      return fetchKernel(name, { ...common, ...more });
    },
    list: (more: Partial<ListOptions> = {}) =>
      listKernels({ ...common, distribution: "debian", ...more }),
    kinds: () => [...new Set(events.map(({ kind }) => kind))],
    notes: () => events.flatMap((event) => (event.kind === "note" ? [event.message] : [])),
    /** What the store holds besides kernels and indexes: nothing, unless a fetch runs. */
    rest: () =>
      ["staging", "locks"].flatMap((name) => readdirSync(join(store.paths.directory, name))),
    trees: () => readdirSync(join(store.paths.directory, "trees")),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      scratched[Symbol.dispose]();
    },
  };
}

/** The files below a directory, sorted. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
