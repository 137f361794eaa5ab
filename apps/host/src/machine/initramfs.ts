import { type CpioEntry, writeCpio } from "@vimto/archive/cpio";
import { readModule } from "@vimto/kernel";
import type { Architecture } from "@vimto/linux";
import type { Cache } from "../cache/cache.ts";
import { fileIdentity, keyOf } from "../cache/identity.ts";
import type { BootModule, BootPlan } from "../guest/boot.ts";
import { VERSION } from "../version.ts";

/** The initramfs as a file in the cache, with its key: equal keys are equal contents. */
export type Initramfs = { readonly path: string; readonly key: string };

/** What the build makes of apps/init, for each architecture of a guest. */
export type GuestPrograms = {
  /** Guest init, a static executable. */
  readonly init: (arch: Architecture) => Promise<Uint8Array>;
  /** A modprobe for a root without one, a static executable too. */
  readonly modprobe: (arch: Architecture) => Promise<Uint8Array>;
  /** The lines of the sources that the code of guest init comes from (guest-init.ts, placeAt). */
  readonly places: (arch: Architecture) => Promise<string>;
};

/** Finds or writes the initramfs. Throws Failure "cache" and the errors of reading a module. */
export async function initramfs(
  cache: Cache,
  plan: BootPlan,
  programs: GuestPrograms,
): Promise<Initramfs> {
  const small = await smallEntries(plan, programs);
  const modules = plan.modules.map(({ hostPath }) => fileIdentity(hostPath));
  const key = keyOf(VERSION, plan.arch, ...modules, ...small.map(describe));
  const path = await cache.file(`initramfs/${key}.cpio`, async (fd) => {
    await writeCpio(fd, [...small, ...plan.modules.map(moduleEntry)]);
  });
  return { path, key };
}

/** What the archive will hold, for --dry-run: one line an entry, as `ls` would say it. */
export async function initramfsContents(
  plan: BootPlan,
  programs: GuestPrograms,
): Promise<string[]> {
  const small = await smallEntries(plan, programs);
  return [
    ...small.map((entry) => `/${entry.path}${entry.type === "file" ? "" : ` (${entry.type})`}`),
    ...plan.modules.map(({ path, hostPath }) => `${path} (${hostPath})`),
  ].sort();
}

async function smallEntries(
  { arch, script, nameOf }: BootPlan,
  programs: GuestPrograms,
): Promise<CpioEntry[]> {
  const directory = (path: string): CpioEntry => ({ type: "directory", path, mode: 0o755 });
  const file = (path: string, mode: number, content: Uint8Array): CpioEntry => ({
    type: "file",
    path,
    mode,
    content,
  });
  return [
    ...["dev", "proc", "sys"].map(directory),
    { type: "char device", path: "dev/console", mode: 0o600, rdev: { major: 5, minor: 1 } },
    file("init", 0o755, await programs.init(arch)),
    file("vimto/boot", 0o644, script.build({ nameOf })),
  ];
}

const moduleEntry = ({ path, hostPath }: BootModule): CpioEntry => ({
  type: "file",
  path: path.slice(1),
  mode: 0o644,
  content: readModule(hostPath),
});

/** Everything that makes one entry differ from another. */
const describe = (entry: CpioEntry): string =>
  entry.type === "file" && entry.content instanceof Uint8Array
    ? JSON.stringify({ ...entry, content: keyOf(entry.content) })
    : JSON.stringify(entry);
