import { type Architecture, ownArchitecture } from "@vimto/linux";
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

/** Text or bytes that a test reads from one stream, at its own speed. */
export class Reader {
  readonly ended: Promise<void>;
  #bytes = 0;
  #text = "";
  #waiting: (() => void)[] = [];
  readonly #decoder = new TextDecoder();
  readonly #hash = new Bun.CryptoHasher("sha256");
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onData((bytes) => {
      this.#bytes += bytes.length;
      this.#text += this.#decoder.decode(bytes, { stream: true });
      this.#hash.update(bytes);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.ended = new Promise((resolve) => connection.onClose(resolve));
  }

  get bytes(): number {
    return this.#bytes;
  }

  get text(): string {
    return this.#text;
  }

  /** The digest of all bytes so far. It can be read only once. */
  sha256(): string {
    return this.#hash.digest("hex");
  }

  /** Resolves when the text so far ends with this; never when the stream ends before. */
  async says(end: string): Promise<void> {
    while (!this.#text.endsWith(end))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A boot script that does nothing. */
export const emptyBoot = (arch: Architecture): Uint8Array =>
  new Script(arch).build({ nameOf: (step) => step });

/**
 * The real Session with the real guest init, which runs in namespaces of its own instead of a machine. `prefix`
 * comes in front of the command line that starts them.
 */
export async function sessionWithGuest(
  context: TestContext,
  workshop: Workshop,
  arch: Architecture = ownArchitecture,
  prefix: readonly string[] = [],
) {
  const init = compiled(arch).bytes;
  const script = emptyBoot(arch);
  const guest = bootInNamespace(context, workshop, { arch, init, script, prefix });
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

/** Two connected ends: a stream of the session, and the test's end of it. */
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
    nice: 0,
    ignoresHangup: false,
    merged: false,
    closed: [],
  };
}
