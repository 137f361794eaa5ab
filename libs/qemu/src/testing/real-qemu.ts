import { type ChildProcess, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import type { Architecture } from "@vimto/linux";
import type { TestContext } from "vitest";
import { findBinary } from "../binary.ts";
import { Qmp } from "../qmp/client.ts";
import type { QmpEvent } from "../qmp/message.ts";
import type { Transport } from "../qmp/transport.ts";

/** The installed QEMU; without it this skips the test, or fails it in CI. */
export async function requireQemu(
  context: TestContext,
  architecture: Architecture = "x86_64",
): Promise<string> {
  try {
    return await findBinary({ architecture, path: process.env.PATH ?? "", directory: "/" });
  } catch (error) {
    if (process.env.CI === "true") throw error;
    return context.skip(`QEMU for ${architecture} guests is not installed`);
  }
}

const children = new Set<ChildProcess>();

export type RealQemu = {
  readonly qmp: Qmp;
  readonly events: readonly QmpEvent[];
  readonly stderr: () => string;
  /** Resolves to the exit status or the signal's name. */
  readonly exited: Promise<number | string>;
};

/** Runs a program with sockets as descriptors 3, 4, ...; files are inherited as they are. */
export function start(
  program: string,
  args: readonly string[],
  extra: readonly ("pipe" | number)[],
) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", ...extra] });
  children.add(child);
  const errors: Buffer[] = [];
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
  const exited = new Promise<number | string>((done) => {
    child.on("close", (code, signal) => {
      children.delete(child);
      done(code ?? signal ?? "unknown");
    });
  });
  return { child, exited, stderr: () => Buffer.concat(errors).toString() };
}

/** Starts QEMU with its control socket as descriptor 3 and waits for the greeting. */
export async function startQemu(
  program: string,
  args: readonly string[],
  extra: readonly ("pipe" | number)[] = [],
): Promise<RealQemu> {
  const { child, exited, stderr } = start(program, args, ["pipe", ...extra]);
  const events: QmpEvent[] = [];
  const socket = child.stdio[3];
  if (!(socket instanceof Duplex)) throw new Error("the child has no socket as descriptor 3");
  try {
    const qmp = await Qmp.open(streamTransport(socket), (event) => events.push(event));
    return { qmp, events, stderr, exited };
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    throw new Error(`${program} did not start: ${stderr()}`, { cause: error });
  }
}

/** Ends processes that a failed test left behind. */
export async function killAll(): Promise<void> {
  await Promise.all(
    [...children].map(
      (child) =>
        new Promise((done) => {
          child.on("close", done);
          child.kill("SIGKILL");
        }),
    ),
  );
}

/** A transport over a Node stream, such as `stdio[3]` of a child process. */
function streamTransport(stream: Duplex): Transport {
  return {
    write: (bytes) => {
      stream.write(bytes);
    },
    onData: (listener) => {
      stream.on("data", listener);
    },
    onClose: (listener) => {
      let open = true;
      const close = () => {
        if (open) listener();
        open = false;
      };
      stream.on("end", close).on("close", close).on("error", close);
    },
  };
}
