import { statSync } from "node:fs";
import { basename } from "node:path";
import { type CpioEntry, writeCpio } from "@vimto/initramfs";
import { readModule } from "@vimto/kernel";
import {
  type Architecture,
  emit,
  KEEP_CORE,
  keepCore,
  launch,
  relayFeed,
  relayIn,
  relayOut,
  stage0,
} from "@vimto/native";
import type { Cache } from "../cache/cache.ts";
import { fileIdentity, keyOf } from "../cache/identity.ts";
import { embeddedInit } from "../embedded.ts";
import { Failure } from "../failure.ts";
import { VERSION } from "../version.ts";
import { LIBRARY_DIRECTORY, libraryEntries } from "./libraries.ts";

const INIT = "vimto/init";

export type InitramfsInputs = {
  readonly arch: Architecture;
  /** Files of kernel modules, in the order in which they are loaded. */
  readonly modules: readonly string[];
};

/** The initramfs as a file in the cache, with its key: equal keys are equal contents. */
export type Initramfs = { readonly path: string; readonly key: string };

/** Finds or writes the initramfs. Throws Failure "cache" and the errors of reading a module. */
export async function initramfs(cache: Cache, inputs: InitramfsInputs): Promise<Initramfs> {
  const guestInit = embeddedGuestInit();
  const small = smallEntries(inputs);
  const key = keyOf(
    VERSION,
    guestInit.key,
    inputs.arch,
    ...inputs.modules.map(fileIdentity),
    ...libraryEntries().map(describe),
    ...small.map(describe),
  );
  const path = await cache.file(`initramfs/${key}.cpio`, async (fd) => {
    const init = await guestInit.path(cache);
    await writeCpio(fd, [
      ...small,
      ...libraryEntries(),
      ...inputs.modules.map(moduleEntry),
      {
        type: "file",
        path: INIT,
        mode: 0o755,
        content: { hostPath: init, size: statSync(init).size },
        pageAligned: true,
      },
    ]);
  });
  return { path, key };
}

/** What the archive will hold, for --dry-run: one line an entry, as `ls` would say it. */
export function initramfsContents(inputs: InitramfsInputs): string[] {
  const init: CpioEntry = { type: "file", path: INIT, mode: 0o755, content: new Uint8Array() };
  const modules = inputs.modules.map((path, index) => ({
    ...moduleName(path, index),
    path,
  }));
  return [
    ...[...smallEntries(inputs), ...libraryEntries(), init].map(
      (entry) => `/${entry.path}${entry.type === "file" ? "" : ` (${entry.type})`}`,
    ),
    ...modules.map(({ name, path }) => `/vimto/modules/${name} (${path})`),
  ].sort();
}

/** Guest init: carried inside the compiled vimto, and unpacked into the cache when it is first used. */
function embeddedGuestInit(): { key: string; path(cache: Cache): Promise<string> } {
  const embedded = embeddedInit();
  if (embedded)
    return {
      key: embedded.sha256,
      path: (cache) => cache.file(`init/${embedded.sha256}`, (fd) => embedded.unpackTo(fd)),
    };
  const development = process.env.VIMTO_GUEST_INIT;
  if (development === undefined)
    throw new Failure(
      "internal",
      "this vimto carries no guest init, as it is not the compiled one; run ./scripts/build and use dist/vimto",
    );
  return { key: fileIdentity(development), path: async () => development };
}

const text = (path: string, content: string): CpioEntry => ({
  type: "file",
  path,
  mode: 0o644,
  content: new TextEncoder().encode(content),
});

function smallEntries({ arch, modules }: InitramfsInputs): CpioEntry[] {
  const program = (path: string, bytes: Uint8Array): CpioEntry => ({
    type: "file",
    path,
    mode: 0o755,
    content: bytes,
  });
  const directory = (path: string): CpioEntry => ({ type: "directory", path, mode: 0o755 });
  return [
    ...["dev", "proc", "sys"].map(directory),
    { type: "char device", path: "dev/console", mode: 0o600, rdev: { major: 5, minor: 1 } },
    program(
      "init",
      emit(
        stage0({ init: `/${INIT}`, environment: [`LD_LIBRARY_PATH=/${LIBRARY_DIRECTORY}`] }),
        arch,
      ).bytes,
    ),
    program("vimto/relay-in", emit(relayIn(), arch).bytes),
    program("vimto/relay-out", emit(relayOut(), arch).bytes),
    program("vimto/relay-feed", emit(relayFeed(), arch).bytes),
    program("vimto/launch", emit(launch().program, arch).bytes),
    program(KEEP_CORE.slice(1), emit(keepCore(), arch).bytes),
    text("vimto/version", VERSION),
    text(
      "vimto/modules/list",
      modules.map((path, index) => `${moduleName(path, index).name}\n`).join(""),
    ),
  ];
}

/** Numbered, because two directories may have modules of one name. */
const moduleName = (path: string, index: number) => ({
  name: `${String(index).padStart(3, "0")}-${basename(path).replace(/\.ko(\.\w+)?$/, "")}.ko`,
});

const moduleEntry = (path: string, index: number): CpioEntry => ({
  type: "file",
  path: `vimto/modules/${moduleName(path, index).name}`,
  mode: 0o644,
  content: readModule(path),
});

/** Everything that makes one entry differ from another. */
function describe(entry: CpioEntry): string {
  if (entry.type !== "file") return JSON.stringify(entry);
  const { content, ...rest } = entry;
  const what =
    content instanceof Uint8Array
      ? keyOf(content)
      : `${content.size} ${fileIdentity(content.hostPath)}`;
  return JSON.stringify({ ...rest, what });
}
