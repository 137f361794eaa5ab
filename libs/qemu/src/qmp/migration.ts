import { QemuError } from "../error.ts";
import { isAtLeast, type Version } from "../version.ts";
import type { Qmp } from "./client.ts";
import { unexpected } from "./commands.ts";
import { isObject } from "./message.ts";

/** What QEMU's standard error says, on a line of its own, once a saved state is whole. */
export const savedMarker = "vimto: the machine's state is saved";

/**
 * Where saveState() puts the state: a regular file that QEMU inherited as descriptor `descriptor`.
 * A number has no characters to escape, and the file needs no name yet.
 *
 * QEMU hands the bytes to a shell, as before 8.2 it writes to no file itself, and its "completed" comes
 * before the shell is done: the file is whole when savedMarker has appeared, and is not if standard
 * error ends without it.
 */
export const saveUri = (descriptor: number): string =>
  `exec:cat >/proc/$PPID/fd/${descriptor} && echo "${savedMarker}" >&2`;

/**
 * Where loadState() takes the state from: a regular file, open at its start, that QEMU inherited as
 * descriptor `descriptor`. Files through "fd:" are deprecated since 9.1, "file:" exists since 8.2.
 */
export function loadUri(version: Version, descriptor: number): string {
  return isAtLeast(version, { major: 8, minor: 2, micro: 0 })
    ? `file:/proc/self/fd/${descriptor}`
    : `fd:${descriptor}`;
}

/** query-migrate's answer, less the statistics (qapi/migration.json MigrationInfo). */
export type MigrationStatus = { readonly status: string; readonly error?: string };

export async function queryMigrate(qmp: Qmp): Promise<MigrationStatus> {
  const value = await qmp.execute("query-migrate");
  if (!isObject(value)) throw unexpected("query-migrate", value);
  // Without any migration so far the answer is empty.
  const { status = "none", "error-desc": error } = value;
  if (typeof status !== "string") throw unexpected("query-migrate", value);
  return typeof error === "string" ? { status, error } : { status };
}

export async function setMigrationCapabilities(
  qmp: Qmp,
  capabilities: Readonly<Record<string, boolean>>,
): Promise<void> {
  await qmp.execute("migrate-set-capabilities", {
    capabilities: Object.entries(capabilities).map(([capability, state]) => ({
      capability,
      state,
    })),
  });
}

/**
 * Saves the device state, without RAM that is shared with a file (x-ignore-shared), and waits until
 * QEMU is through. Pause the machine before; it stays paused. Rejects with QemuError
 * "migration-failed" or those of execute().
 */
export async function saveState(qmp: Qmp, uri: string): Promise<void> {
  await runMigration(qmp, "migrate", uri, "saved");
}

/**
 * Loads a saved state into a machine that was started with `-incoming defer` and waits for the end;
 * the machine is then in the run state it was saved in. QEMU exits when the state does not fit the
 * machine: that rejects with "qmp-closed", and QEMU's standard error says why.
 */
export async function loadState(qmp: Qmp, uri: string): Promise<void> {
  await runMigration(qmp, "migrate-incoming", uri, "loaded");
}

const finished = new Set(["completed", "failed", "cancelled"]);

async function runMigration(qmp: Qmp, command: string, uri: string, verb: string): Promise<void> {
  await setMigrationCapabilities(qmp, { events: true, "x-ignore-shared": true });
  const end = qmp.nextEvent("MIGRATION", ({ status }) => finished.has(`${status}`));
  // If the command itself is refused, nobody waits for the event.
  end.catch(() => {});
  await qmp.execute(command, { uri });
  const { data } = await end;
  if (data.status === "completed") return;
  const { status, error } = await queryMigrate(qmp);
  throw new QemuError(
    "migration-failed",
    `the machine's state could not be ${verb}: ${error ?? `QEMU says "${status}"`}`,
  );
}
