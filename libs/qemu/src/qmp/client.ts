import { QemuError } from "../error.ts";
import type { Version } from "../version.ts";
import { LineSplitter } from "./lines.ts";
import { type Fields, parseMessage, type QmpEvent, type QmpMessage } from "./message.ts";
import type { Transport } from "./transport.ts";

type Pending = {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: QemuError) => void;
};

type Waiter = {
  readonly wanted: (event: QmpEvent) => boolean;
  readonly resolve: (event: QmpEvent) => void;
  readonly reject: (error: QemuError) => void;
};

/**
 * A QMP connection over any transport. The caller owns the transport and closes it; once it is closed,
 * or QEMU broke the protocol, every promise that is still open rejects and later ones do at once.
 */
export class Qmp {
  readonly #transport: Transport;
  readonly #splitter = new LineSplitter();
  readonly #pending = new Map<number, Pending>();
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #greeting = Promise.withResolvers<Version>();
  readonly #closed = Promise.withResolvers<void>();
  #version: Version | undefined;
  #nextId = 1;
  #failure: QemuError | undefined;

  private constructor(transport: Transport) {
    this.#transport = transport;
    transport.onData((bytes) => this.#receive(bytes));
    transport.onClose(() => this.#close());
  }

  /**
   * Waits for QEMU's greeting and leaves capabilities negotiation. `onEvent` sees every event from
   * the first on. Rejects with QemuError "qmp-closed", "qmp-protocol" or "qmp-refused".
   */
  static async open(transport: Transport, onEvent?: (event: QmpEvent) => void): Promise<Qmp> {
    const qmp = new Qmp(transport);
    if (onEvent) qmp.onEvent(onEvent);
    await qmp.#greeting.promise;
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  /** QEMU's version, from its greeting. */
  get version(): Version {
    if (!this.#version) throw new QemuError("qmp-protocol", "QEMU has not sent its greeting yet");
    return this.#version;
  }

  /** Resolves when the connection is over; never rejects. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Calls `listener` for every event until the returned function is called. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The next event that `wanted` accepts. Rejects like execute() when the connection ends first. */
  nextEvent(name: string, wanted: (data: Fields) => boolean = () => true): Promise<QmpEvent> {
    const event = Promise.withResolvers<QmpEvent>();
    if (this.#failure) event.reject(this.#failure);
    else {
      this.#waiters.add({
        wanted: (candidate) => candidate.name === name && wanted(candidate.data),
        resolve: event.resolve,
        reject: event.reject,
      });
    }
    return event.promise;
  }

  /**
   * Runs a command and resolves to its unchecked result. Rejects with QemuError "qmp-refused", which
   * quotes QEMU's own words, "qmp-closed" or "qmp-protocol".
   */
  execute(command: string, args?: Fields): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, { command, resolve: answer.resolve, reject: answer.reject });
    const message = { execute: command, ...(args ? { arguments: args } : {}), id };
    this.#transport.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
    return answer.promise;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#failure) return;
    try {
      for (const line of this.#splitter.push(bytes)) {
        const message = parseMessage(line);
        if (message) this.#dispatch(message);
      }
    } catch (error) {
      if (!(error instanceof QemuError)) throw error;
      this.#end(error);
    }
  }

  #dispatch(message: QmpMessage): void {
    switch (message.kind) {
      case "greeting":
        this.#version = message.version;
        this.#greeting.resolve(message.version);
        return;
      case "event":
        this.#announce(message.event);
        return;
      case "return":
        this.#take(message.id).resolve(message.value);
        return;
      case "error": {
        const said = `${message.description} (${message.class})`;
        if (message.id === undefined) {
          throw new QemuError("qmp-protocol", `QEMU did not understand a control message: ${said}`);
        }
        const { command, reject } = this.#take(message.id);
        reject(new QemuError("qmp-refused", `QEMU refused ${command}: ${message.description}`));
      }
    }
  }

  #take(id: number): Pending {
    const pending = this.#pending.get(id);
    if (!pending) {
      throw new QemuError("qmp-protocol", `QEMU answered command ${id}, which was never sent`);
    }
    this.#pending.delete(id);
    return pending;
  }

  #announce(event: QmpEvent): void {
    for (const waiter of this.#waiters) {
      if (!waiter.wanted(event)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(event);
    }
    for (const listener of this.#listeners) listener(event);
  }

  #close(): void {
    const closed = "QEMU closed its control socket";
    this.#end(
      new QemuError("qmp-closed", this.#version ? closed : `${closed} before its greeting`),
      (command) => new QemuError("qmp-closed", `${closed} before it answered ${command}`),
    );
  }

  #end(failure: QemuError, ofCommand: (command: string) => QemuError = () => failure): void {
    if (this.#failure) return;
    this.#failure = failure;
    for (const pending of this.#pending.values()) pending.reject(ofCommand(pending.command));
    for (const waiter of this.#waiters) waiter.reject(failure);
    this.#pending.clear();
    this.#waiters.clear();
    // It is no fault if nobody waits for the greeting any more.
    this.#greeting.promise.catch(() => {});
    this.#greeting.reject(failure);
    this.#closed.resolve();
  }
}
