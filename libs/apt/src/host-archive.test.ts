import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { Store } from "@vimto/store";
import { expect, test } from "vitest";
import { readHostApt } from "./archives/host-apt.ts";
import { fetchKernel } from "./fetch/fetch-kernel.ts";
import { listKernels } from "./fetch/list.ts";
import { filesIn } from "./testing/setup.ts";

/** The codename of this machine's Debian, if its apt has an archive of it. */
function ownRelease(): string | undefined {
  const os = readFileSync("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(os)?.[1];
  const has = readHostApt().sources.some(({ suites }) => suites.includes(codename ?? ""));
  return /^ID=debian$/m.test(os) && has ? codename : undefined;
}

test("the archive of this machine's own sources has kernels", async (context) => {
  const codename = ownRelease();
  if (codename === undefined)
    return context.skip("this machine is no Debian whose apt has an archive");
  using place = scratch();
  const store = new Store(join(place.path, "store"));
  const env = process.env;
  const listed = await listKernels({ store, env, distribution: "debian", releases: [codename] });
  expect(listed.map(({ name }) => name)).toContain(`debian:${codename}/cloud`);
  // The smallest one.
  const name = { distribution: "debian", kind: "release", codename, flavour: "cloud" } as const;
  const notes: string[] = [];
  using kernel = await fetchKernel(name, {
    store,
    env,
    onEvent: (event) => void (event.kind === "note" && notes.push(event.message)),
  });
  const { kernelRelease } = kernel;
  expect(listed.find((row) => row.release === kernelRelease)?.name).toBe(kernel.name);
  const files = filesIn(kernel.directory);
  expect(files.filter((file) => /vmlinuz/.test(file))).toHaveLength(1);
  expect(
    files.filter((file) => /lib\/modules\/.*\.ko(?:\.xz)?$/.test(file)).length,
  ).toBeGreaterThan(100);
  expect(files.every((file) => /^(?:boot|(?:usr\/)?lib\/modules)\//.test(file))).toBe(true);
  // With gpgv and the archive's keys, which Debian has, every signature was checked.
  if (Bun.which("gpgv") !== null) expect(notes).toEqual([]);
});
