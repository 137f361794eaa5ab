import { constants, mkdirSync, openSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Architecture } from "@vimto/linux";
import { skip } from "@vimto/linux/testing/skip";
import { expect, type TestContext } from "vitest";
import { End } from "../../../../libs/asm/src/testing/descriptors.ts";
import { writeProgram } from "../../../../libs/asm/src/testing/program-file.ts";
import {
  emulator,
  type Running,
  start,
  type Workshop,
} from "../../../../libs/asm/src/testing/run.ts";
import { rawTerminal } from "./pty.ts";

/**
 * Namespaces of its own: there reboot(2) ends process 1 and with it the namespace
 * (pid_namespaces(7)), devtmpfs cannot be mounted over the /dev of the test, and no mount is seen
 * outside.
 */
const unshare = "unshare --user --map-root-user --pid --mount --fork --kill-child".split(" ");

/**
 * Starts guest init only as process 1 of a namespace: elsewhere it would power this machine off. And mounts
 * only in a namespace, because the test deletes the root at its end.
 */
const enter = `
set -e
[ $$ = 1 ] || exit 99
[ "$(readlink /proc/self/ns/pid)" != "$1" ] || exit 99
[ "$(readlink /proc/self/ns/mnt)" != "$2" ] || exit 99
cd "$3"
for directory in bin lib lib64 usr; do
  if [ -L /$directory ]; then cp -P /$directory $directory
  elif [ -d /$directory ]; then mkdir $directory; mount --rbind /$directory $directory
  fi
done
[ "$4" = none ] || { : >dev/vport12p1; mount --bind "$4" dev/vport12p1; }
: >dev/null; mount --bind /dev/null dev/null
shift 4
exec chroot . "$@"
`;

export type NamespaceOptions = {
  readonly arch: Architecture;
  /** The executable of guest init. */
  readonly init: Uint8Array;
  /** Its boot script. */
  readonly script: Uint8Array;
  /** Whether there is a port: false for a machine without the driver of one. */
  readonly driver?: boolean;
  /** Comes in front of the command line that makes the namespaces. */
  readonly prefix?: readonly string[];
};

export type Namespace = Running & {
  readonly root: string;
  readonly console: End;
  /** The host's end of the port: the descriptor of a pseudo-terminal. */
  readonly port: number;
};

/** Starts guest init as process 1 of namespaces of its own, with a terminal for its port. */
export function bootInNamespace(
  context: TestContext,
  workshop: Workshop,
  { arch, init, script, driver = true, prefix = [] }: NamespaceOptions,
): Namespace {
  const probe = Bun.spawnSync([...unshare, "sh", "-c", "mount -t proc proc /proc"]);
  if (probe.exitCode !== 0) skip(context, `no namespaces of one's own: ${String(probe.stderr)}`);
  const emulated = emulator(context, arch);
  const root = workshop.subdirectory();
  for (const directory of ["proc", "sys", "dev", "vimto"]) mkdirSync(join(root, directory));
  const terminal = rawTerminal();
  if (driver)
    // Another port, one whose name has not come yet, and then ours.
    for (const [port, name] of [
      ["vport0p1", "com.example\n"],
      ["vport3p1", ""],
      ["vport12p1", "vimto\n"],
    ] as const) {
      const path = join(root, "sys/class/virtio-ports", port, "name");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, name);
    }
  writeProgram(join(root, "init"), init);
  writeFileSync(join(root, "vimto/boot"), script);
  const fifo = join(root, "dev/console");
  expect(Bun.spawnSync(["mkfifo", fifo]).exitCode).toBe(0);
  const console = new End(openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK));
  const outside = ["pid", "mnt"].map((name) => readlinkSync(`/proc/self/ns/${name}`));
  const place = [...outside, root, driver ? terminal.path : "none"];
  const cmd = [...prefix, ...unshare, "sh", "-c", enter, "sh", ...place, ...emulated, "/init"];
  const running = start(cmd, [], { PATH: process.env.PATH ?? "" });
  return { ...running, root, console, port: terminal.ours };
}
