import { closeSync } from "node:fs";
import { queryStatus } from "@vimto/qemu";
import type { FileServer } from "../capabilities/file-server.ts";
import { Failure } from "../failure.ts";
import { listeningPair } from "../system/listening.ts";
import { TETHER_NOT_READ_ONLY } from "../system/programs/tether.ts";
import { type Child, type ChildExit, tethered } from "../system/tethered.ts";
import type { Machine } from "./machine.ts";
import { LIMIT_REACHED, MemoryRoom } from "./memory-room.ts";

/** Servers that run, each with a socket that is connected to it. */
export type RunningServers = {
  /** For QEMU, in the order of the servers. */
  readonly sockets: readonly number[];
  /** Closes our copies of the sockets, and ends the machine when one of its servers does. */
  attach(machine: Machine): void;
  /** Ends them, and closes our copies of the sockets; resolves when they are gone. */
  end(): Promise<void>;
};

/**
 * Rejects with Failure "file-server".
 *
 * @param room tells whether the kernel has killed a process for want of memory since the start
 */
export async function startFileServers(
  servers: readonly FileServer[],
  room: Pick<MemoryRoom, "killed"> = new MemoryRoom(),
): Promise<RunningServers> {
  const running: { server: FileServer; child: Child; socket: number }[] = [];
  let open = true;
  const closeSockets = () => {
    if (open) for (const { socket } of running) closeSync(socket);
    open = false;
  };
  const end = async () => {
    closeSockets();
    for (const { child } of running) child.kill();
    await Promise.all(running.map(({ child }) => child.exited));
  };
  try {
    for (const server of servers) {
      const { listener, connection: socket } = listeningPair();
      try {
        const { command, readOnlyMounts: readOnly } = server;
        running.push({ server, socket, child: tethered(command, [listener], { readOnly }) });
      } catch (error) {
        closeSync(socket);
        throw error;
      } finally {
        closeSync(listener);
      }
    }
  } catch (error) {
    await end();
    throw error;
  }
  return {
    sockets: running.map(({ socket }) => socket),
    attach: (machine) => {
      closeSockets();
      for (const { server, child } of running)
        child.exited.then((exit) => {
          if (machine.ended) return;
          const fail = () => machine.fail(serverFailure(server, exit, room.killed));
          // It ends with status 0 when QEMU has gone, or when somebody ended it: then QEMU still answers.
          if (exit.status === 0) machine.qmp.then(queryStatus).then(fail, () => {});
          else fail();
        });
    },
    end,
  };
}

/** Why a server ended; `outOfMemory` is whether the kernel has killed a process of the control group meanwhile. */
export function serverFailure(
  { path, command, wayOut }: Pick<FileServer, "path" | "command" | "wayOut">,
  { status, signal, stderr }: ChildExit,
  outOfMemory: boolean,
): Failure {
  const [program = ""] = command;
  const what = `${JSON.stringify(program)}, which shares ${JSON.stringify(path)},`;
  if (status === TETHER_NOT_READ_ONLY)
    return new Failure(
      "file-server",
      `this host gives virtiofsd no read-only view of ${JSON.stringify(path)} (that takes Linux 5.12 and CAP_SYS_ADMIN); ${wayOut} does without it`,
    );
  if (signal === "SIGKILL" && outOfMemory)
    return new Failure("file-server", `${what} was killed by the kernel: ${LIMIT_REACHED}`);
  if (signal !== undefined)
    return new Failure(
      "file-server",
      `${what} was ended by ${signal}, from outside vimto; run it again`,
    );
  if (status === 0)
    return new Failure("file-server", `${what} ended before the command was over; run it again`);
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return new Failure(
    "file-server",
    `${what} ended with status ${status} and said ${JSON.stringify(said)}; ${wayOut} does without it`,
  );
}
