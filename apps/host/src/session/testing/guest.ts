import { ownArchitecture } from "@vimto/linux";
import { Script } from "@vimto/script";
import { onTestFinished, type TestContext } from "vitest";
import type { Workshop } from "../../../../../libs/asm/src/testing/run.ts";
import { compiled } from "../../../../init/src/main.ts";
import { bootInNamespace } from "../../../../init/src/testing/namespace.ts";
import { Failure } from "../../failure.ts";
import type { CommandPlan } from "../../guest/script.ts";
import { Connection } from "../../system/connection.ts";
import { socketPair } from "../../system/libc.ts";
import { bridge } from "../../system/pumps.ts";
import { Session, type SessionMachine, type Streams } from "../session.ts";

const init = compiled(ownArchitecture).bytes;

/** Text or bytes that a test reads of one stream, as fast as it wants to. */
export class Reader {
  readonly ended: Promise<void>;
  #bytes = 0;
  #text = "";
  readonly #decoder = new TextDecoder();
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onData((bytes) => {
      this.#bytes += bytes.length;
      this.#text += this.#decoder.decode(bytes, { stream: true });
    });
    this.ended = new Promise((resolve) => connection.onClose(resolve));
  }

  get bytes(): number {
    return this.#bytes;
  }

  get text(): string {
    return this.#text;
  }
}

/** The real Session with the real guest init, which runs in namespaces of its own instead of a machine. */
export async function sessionWithGuest(context: TestContext, workshop: Workshop) {
  const script = new Script(ownArchitecture).build({ nameOf: (step) => step });
  const guest = bootInNamespace(context, workshop, { arch: ownArchitecture, init, script });
  const machine: SessionMachine = {
    channel: await bridge(guest.port),
    failure: async () => new Failure("powered-off", `the guest ended: ${await guest.ended}`),
    ended: false,
    consoleSays: () => Promise.resolve(),
    oomKills: [],
  };
  const [stdin, stdout, stderr] = await Promise.all([pipe(), pipe(), pipe()]);
  const streams: Streams = {
    stdin: async () => stdin.near,
    stdout: stdout.near,
    stderr: stderr.near,
  };
  const session = new Session(machine, streams, false);
  onTestFinished(() => guest.kill());
  return {
    guest,
    session,
    stdin: stdin.far,
    stdout: new Reader(stdout.far),
    stderr: new Reader(stderr.far),
  };
}

/** Two connected ends: a stream of the session, and what a test does with it. */
async function pipe(): Promise<{ readonly near: Connection; readonly far: Connection }> {
  const [a, b] = socketPair();
  const [near, far] = await Promise.all([Connection.adopt(a), Connection.adopt(b)]);
  return { near, far };
}

/** A command of the guest: `sh -c TEXT`, or these words. */
export function command(words: string | readonly string[]): CommandPlan {
  const argv = typeof words === "string" ? ["sh", "-c", words] : words;
  const [program = ""] = argv;
  return {
    argv,
    environment: ["PATH=/usr/bin:/bin"],
    candidates: program.includes("/") ? [program] : [`/usr/bin/${program}`, `/bin/${program}`],
    identity: { uid: 0, gid: 0, groups: [0] },
    cwd: "/",
    umask: 0o22,
    limits: [],
    merged: false,
    closed: [],
  };
}
