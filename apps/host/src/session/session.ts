import { type End, type Frame, type GuestEvent, WireError } from "@vimto/protocol/frames";
import { Failure } from "../failure.ts";
import type { Machine } from "../machine/machine.ts";
import type { GuestScript } from "../steps.ts";
import type { Connection } from "../system/connection.ts";
import { Channel } from "./channel.ts";
import { Input } from "./input.ts";
import { Output } from "./output.ts";
import type { CallFailure } from "./refusal.ts";

/** What a session needs of its machine. */
export type SessionMachine = Pick<
  Machine,
  "channel" | "failure" | "ended" | "consoleSays" | "oomKills"
>;

/** How a process in the guest ended. */
export type Exit = { readonly status: number } | { readonly signal: number };

export type Streams = {
  /** Begins to read stdin. */
  readonly stdin: () => Promise<Connection>;
  /** The part of the bytes read that is for the command. */
  readonly typed?: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** Whether stdin is a raw terminal, which ends only when it is hung up. */
  readonly hangsUp?: boolean | undefined;
  readonly stdout: Connection;
  readonly stderr: Connection;
};

/** Moments and what the guest says, as they come; the reporter renders them. */
export type SessionObserver = {
  started?(): void;
  moment?(index: number, ns: bigint): void;
  /** A device of the guest did not write its data in time to a file of the host. */
  unwritten?(): void;
  /** The terminal of the command was hung up on the host. Returns whether that of the guest is, too. */
  hungUp?(): boolean;
  /** Bytes that the command wrote; they are valid during the call. */
  output?(stream: "stdout" | "stderr", bytes: Uint8Array): void;
};

/**
 * A conversation with one machine: its streams, the commands that run in it, and the one reason why it
 * ended. Every promise it gives rejects with that reason (a Failure) when the machine fails.
 */
export class Session {
  readonly machine: SessionMachine;
  readonly #channel: Channel;
  readonly #input: Input;
  readonly #outputs: { readonly stdout: Output; readonly stderr: Output };
  readonly #observer: SessionObserver;
  readonly #failed = Promise.withResolvers<never>();
  #synced = Promise.withResolvers<void>();
  readonly #ran = new Map<number, PromiseWithResolvers<Exit>>();
  #exited: PromiseWithResolvers<Exit> | undefined;
  #failures: CallFailure[] = [];
  #onCallFailure: ((failure: CallFailure) => void) | undefined;
  #process: number | undefined;
  #commandPid: number | undefined;
  #ids = 0;

  /** `greeted`: the guest is a clone, which has said hello to another host. */
  constructor(
    machine: SessionMachine,
    streams: Streams,
    greeted: boolean,
    observer: SessionObserver = {},
  ) {
    this.machine = machine;
    this.#observer = observer;
    this.#failed.promise.catch(() => {});
    this.#channel = new Channel(machine.channel, greeted, {
      moment: (index, ns) => observer.moment?.(index, ns),
      frame: (frame) => this.#frame(frame),
      fault: (fault) => this.fail(fault),
    });
    this.#input = new Input(
      this.#channel,
      streams.stdin,
      streams.typed,
      () => streams.hangsUp === true && observer.hungUp?.() === true,
    );
    this.#outputs = {
      stdout: new Output("stdout", this.#channel, streams.stdout),
      stderr: new Output("stderr", this.#channel, streams.stderr),
    };
    machine.failure().then((failure) => {
      if (!machine.ended) this.fail(failure);
    });
  }

  /** Settles the reason why the session is over; the first one wins. */
  fail(failure: Failure): void {
    this.#failed.reject(failure);
  }

  /** The guest is up. */
  hello(): Promise<void> {
    return this.orFailure(this.#channel.up);
  }

  /** `promise`, unless the machine fails before that; then the Failure that says why. */
  orFailure<Result>(promise: Promise<Result>): Promise<Result> {
    return Promise.race([promise, this.#failed.promise]);
  }

  /** Whether the guest has said anything; it may lose what it gets before. */
  get heard(): boolean {
    return this.#channel.isHeard;
  }

  /** Fails unless the guest says something within `ms` milliseconds. */
  expectLife(ms: number): void {
    const timer = setTimeout(() => {
      this.fail(new Failure("channel", "the guest does not answer"));
    }, ms);
    this.#channel.heard.finally(() => clearTimeout(timer));
  }

  /** Whether the command runs at this moment, so that signals can reach it. */
  get running(): boolean {
    return this.#process !== undefined;
  }

  /** The command's process in the guest, also when it is over. */
  get commandPid(): number | undefined {
    return this.#commandPid;
  }

  /**
   * Sends a signal to the command's process group, if the command runs. Resolves when the guest has sent it
   * on; never when the guest does not answer.
   */
  async signal(signal: number): Promise<void> {
    if (this.#process === undefined) return;
    this.#channel.order({ kind: "signal", pid: -this.#process, signal });
    await this.answers();
  }

  /** Resolves when the guest has answered a question, behind all that it was told before. */
  async answers(): Promise<void> {
    await this.#channel.clock();
  }

  /**
   * Opens the streams. stdout and stderr flow from the command, and stdin flows to it once the guest has
   * answered: what is read of stdin cannot go to another machine.
   */
  openStreams(): void {
    this.#outputs.stdout.open();
    this.#outputs.stderr.open();
    this.#channel.heard
      .then(() => this.#input.start())
      .catch((error: unknown) =>
        this.fail(new Failure("internal", `stdin cannot be read: ${error}`)),
      );
  }

  /** Keeps stdout and stderr open for commands that follow the main one. */
  hold(): void {
    this.#channel.order({ kind: "hold" });
  }

  /**
   * Gives the launcher its script; resolves when the command it became is over. `onCallFailure` is told
   * of every system call that failed.
   */
  launch(script: GuestScript, onCallFailure: (failure: CallFailure) => void): Promise<Exit> {
    this.#exited = Promise.withResolvers();
    this.#failures = [];
    this.#onCallFailure = onCallFailure;
    this.#channel.data("script", bytesOf(script));
    return this.orFailure(this.#exited.promise);
  }

  /** Runs a script beside the command's (setup, teardown). */
  run(script: GuestScript, onCallFailure: (failure: CallFailure) => void): Promise<Exit> {
    const id = this.#ids++;
    const ran = Promise.withResolvers<Exit>();
    this.#ran.set(id, ran);
    this.#failures = [];
    this.#onCallFailure = onCallFailure;
    const bytes = bytesOf(script);
    this.#channel.order({ kind: "run", id });
    this.#channel.data("hook", bytes);
    return this.orFailure(ran.promise);
  }

  /** Runs a script beside a command that goes on; nobody waits for it, and no call of it may fail. */
  runBeside(script: GuestScript): void {
    this.#channel.order({ kind: "run", id: this.#ids++ });
    this.#channel.data("hook", bytesOf(script));
  }

  get failures(): readonly CallFailure[] {
    return this.#failures;
  }

  /** Resolves when the files of a command that is over are with the host, and others may follow. */
  async synced(): Promise<void> {
    await this.orFailure(this.#synced.promise);
    this.#synced = Promise.withResolvers();
  }

  /** Asks guest init to write files back and to end the streams, when no command's end does it. */
  finish(): void {
    this.#channel.order({ kind: "finish" });
  }

  /**
   * Resolves when all output is on the host's descriptors and all files are with the host: then the machine
   * may be ended.
   */
  async drained(): Promise<void> {
    const { stdout, stderr } = this.#outputs;
    await this.orFailure(Promise.all([stdout.flushed(), stderr.flushed(), this.#synced.promise]));
    for (const [name, { fault }] of Object.entries({ stdout, stderr }))
      if (fault !== undefined)
        throw new Failure(
          "output",
          `${name} of the command could not be written (${fault}), so some of it is lost; make room, or send it elsewhere`,
        );
  }

  /** After a failure: brings what came before it to the host's descriptors. */
  async abandon(): Promise<void> {
    const { stdout, stderr } = this.#outputs;
    await Promise.all([stdout.abandon(), stderr.abandon()]);
  }

  #frame(frame: Frame): void {
    switch (frame.kind) {
      case "data":
        if (frame.stream !== "stdout" && frame.stream !== "stderr")
          throw new WireError("stream", `the guest sent data on ${frame.stream}`);
        this.#observer.output?.(frame.stream, frame.bytes);
        this.#outputs[frame.stream].push(frame.bytes);
        break;
      case "eof":
        if (frame.stream === "stdout" || frame.stream === "stderr")
          this.#outputs[frame.stream].end();
        break;
      case "credit":
        if (frame.stream === "stdin") this.#input.credit(frame.bytes);
        break;
      case "close":
        if (frame.stream === "stdin") this.#input.close();
        break;
      case "event":
        this.#event(frame.event);
    }
  }

  #event(event: GuestEvent): void {
    switch (event.kind) {
      case "started":
        this.#process = event.pid;
        this.#commandPid = event.pid;
        this.#observer.started?.();
        break;
      case "failed": {
        const failure = { call: event.call, errno: event.errno };
        this.#failures.push(failure);
        this.#onCallFailure?.(failure);
        break;
      }
      case "exited":
        this.#process = undefined;
        this.#exited?.resolve(endOf(event));
        break;
      case "ran":
        this.#ran.get(event.id)?.resolve(endOf(event));
        break;
      case "unwritten":
        this.#observer.unwritten?.();
        break;
      case "synced":
        this.#synced.resolve();
    }
  }
}

const endOf = ({ status, signal }: End): Exit => (signal === undefined ? { status } : { signal });

/** Throws Failure "start" for arguments that cannot be passed. */
function bytesOf(script: GuestScript): Uint8Array {
  try {
    return script.build();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure("start", `${error.message}; pass less, or by a file`);
  }
}
