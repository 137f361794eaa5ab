import { closeSync } from "node:fs";
import { NO_READ_ONLY_MOUNTS, type Virtiofsd } from "../../host/virtiofsd.ts";
import { ANSWER_LIMIT_MS } from "../../host/virtiofsd-version.ts";
import { Connection } from "../../system/connection.ts";
import { listeningPair } from "../../system/listening.ts";
import { TETHER_NOT_READ_ONLY } from "../../system/programs/tether.ts";
import { tethered } from "../../system/tethered.ts";
import { serverCommand } from "./server-command.ts";

/** VHOST_USER_GET_FEATURES, version 1, without a payload (QEMU, docs/interop/vhost-user.rst). */
const GET_FEATURES = new Uint8Array(Uint32Array.of(1, 1, 0).buffer);

/**
 * Starts a virtiofsd with the options of a share, with read-only mounts where root may mount, and asks it what
 * it can do. Resolves to why it does not start: what follows "virtiofsd"; undefined if it answers. The server
 * has ended by then. Rejects with Failure "file-server".
 *
 * @param directory an empty one
 */
export async function whyNotStarted(
  virtiofsd: Virtiofsd,
  directory: string,
): Promise<string | typeof NO_READ_ONLY_MOUNTS | undefined> {
  const command = serverCommand(virtiofsd, { path: directory, readonly: false, keep: false });
  const readOnly = virtiofsd.asRoot && virtiofsd.mayMount;
  const { server, socket } = start(command, readOnly);
  const connection = await Connection.adopt(socket);
  let limit: Timer | undefined;
  const ended = server.exited.then(({ status, signal, stderr }) => {
    if (readOnly && status === TETHER_NOT_READ_ONLY) return NO_READ_ONLY_MOUNTS;
    const said = stderr.trim().split("\n").at(-1) ?? "";
    const how = signal === undefined ? `ended with status ${status}` : `was ended by ${signal}`;
    return said === "" ? `${how} and said nothing` : `${how} and said ${JSON.stringify(said)}`;
  });
  try {
    return await Promise.race([
      new Promise<undefined>((resolve) => {
        connection.onData(() => resolve(undefined));
        connection.write(GET_FEATURES);
      }),
      ended,
      new Promise<string>((resolve) => {
        limit = setTimeout(
          () => resolve(`gave no answer in ${ANSWER_LIMIT_MS / 1e3} s`),
          ANSWER_LIMIT_MS,
        );
      }),
    ]);
  } finally {
    clearTimeout(limit);
    server.kill();
    connection.close();
    await server.exited;
  }
}

function start(command: readonly string[], readOnly: boolean) {
  const { listener, connection: socket } = listeningPair();
  try {
    return { server: tethered(command, [listener], { readOnly }), socket };
  } catch (error) {
    closeSync(socket);
    throw error;
  } finally {
    closeSync(listener);
  }
}
