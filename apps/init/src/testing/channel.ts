import { closeSync, readlinkSync } from "node:fs";
import { programOf } from "@vimto/asm";
import type { Architecture } from "@vimto/linux";
import {
  Decoder,
  encodeCredit,
  encodeData,
  encodeEof,
  type Frame,
  type GuestEvent,
  ReceiveWindow,
  SendWindow,
} from "@vimto/protocol/frames";
import { End, pipe, socketPair } from "../../../../libs/asm/src/testing/descriptors.ts";
import { type Running, start, type Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { relayFeed } from "../roles/relay-feed.ts";
import { relayIn } from "../roles/relay-in.ts";
import { relayOut } from "../roles/relay-out.ts";
import { supervisedLaunch } from "./programs.ts";

const PIPE_SIZE = 1 << 20;
const WINDOW = 256 * 1024;

export type Programs = Readonly<Record<"relayIn" | "relayOut" | "relayFeed" | "launch", string>>;

export function channelPrograms(workshop: Workshop, arch: Architecture): Programs {
  return {
    relayIn: workshop.place(programOf(relayIn), arch),
    relayOut: workshop.place(programOf(relayOut), arch),
    relayFeed: workshop.place(programOf(relayFeed), arch),
    launch: workshop.place(supervisedLaunch(), arch),
  };
}

/**
 * The relays and a launcher, joined the way guest init joins them, with a socket for the port. `prefix`
 * is what stands in front of a program's command line.
 */
export function startChannel(
  programs: Programs,
  prefix: (name: keyof Programs) => readonly string[],
) {
  const [host, records, orders, hook] = [socketPair(), pipe(), pipe(), pipe()];
  const [stdout, stderr, stdin, held, script] = Array.from({ length: 5 }, () => pipe(PIPE_SIZE));
  if (!stdout || !stderr || !stdin || !held || !script) throw new Error("there are five pipes");
  const port = readlinkSync(`/proc/self/fd/${host.theirs}`);
  const begin = (name: keyof Programs, ...descriptors: number[]): Running =>
    start([...prefix(name), programs[name]], descriptors, { PATH: process.env.PATH ?? "" });
  const running = {
    relayOut: begin("relayOut", host.theirs, records.read, stdout.read, stderr.read),
    relayIn: begin(
      "relayIn",
      host.theirs,
      records.write,
      orders.write,
      held.write,
      script.write,
      hook.write,
    ),
    relayFeed: begin("relayFeed", held.read, stdin.write, records.write),
    launch: begin("launch", stdin.read, stdout.write, stderr.write, script.read, records.write),
  };
  closeSync(host.theirs);
  for (const { read, write } of [stdout, stderr, stdin, held, script])
    for (const fd of [read, write]) closeSync(fd);
  for (const fd of [records.read, orders.write, hook.write, hook.read]) closeSync(fd);
  return {
    running,
    /** The port's name in /proc/PID/fd. */
    port,
    host: new Host(host.ours),
    /** What `serve` would get. */
    orders: new End(orders.read),
    records: new End(records.write),
  };
}

/** The host's end of the channel: what came, in order, and windows that are kept open. */
export class Host {
  readonly events: GuestEvent[] = [];
  /** Streams that are over, and those that the command does not read any more. */
  readonly over = new Set<string>();
  readonly closed = new Set<string>();
  readonly #end: End;
  readonly #decoder = new Decoder();
  readonly #output: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #windows = {
    stdout: new ReceiveWindow("stdout", WINDOW),
    stderr: new ReceiveWindow("stderr", WINDOW),
  };
  readonly #stdin = new SendWindow("stdin");
  #sent: Promise<void> = Promise.resolve();

  constructor(end: End) {
    this.#end = end;
  }

  output(stream: "stdout" | "stderr"): Buffer {
    return Buffer.concat(this.#output[stream]);
  }

  /** One frame behind the other: a frame that is written in parts must not have another inside. */
  send(frame: Uint8Array): Promise<void> {
    this.#sent = this.#sent.then(() => this.#end.put(frame));
    return this.#sent;
  }

  async sendScript(script: Uint8Array): Promise<void> {
    for (let at = 0; at < script.length; at += 1 << 20)
      await this.send(encodeData("script", script.subarray(at, at + (1 << 20))));
  }

  /** The first credits: of stdout, stderr, and stdin, whose reader is half a pipe away. */
  async open(): Promise<void> {
    await this.send(encodeCredit("stdout", WINDOW));
    await this.send(encodeCredit("stderr", WINDOW));
    this.#stdin.grant(PIPE_SIZE / 2);
  }

  /** Sends all of it as credit comes, while somebody else calls `until`; stops when nobody reads it. */
  async sendStdin(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length && !this.closed.has("stdin"); ) {
      const length = Math.min(this.#stdin.available, bytes.length - sent, 50_000);
      if (length === 0) await Bun.sleep(1);
      else {
        this.#stdin.take(length);
        await this.send(encodeData("stdin", bytes.subarray(sent, sent + length)));
        sent += length;
      }
    }
    await this.send(encodeEof("stdin"));
  }

  /** Reads on until `done`. */
  async until(done: () => boolean): Promise<void> {
    while (!done())
      for (const frame of this.#decoder.push(await this.#end.some())) await this.#received(frame);
  }

  close(): void {
    this.#end.close();
  }

  async #received(frame: Frame): Promise<void> {
    if (frame.kind === "event") this.events.push(frame.event);
    else if (frame.kind === "eof") this.over.add(frame.stream);
    else if (frame.kind === "close") this.closed.add(frame.stream);
    else if (frame.kind === "credit" && frame.stream === "stdin") this.#stdin.grant(frame.bytes);
    else if (frame.kind === "data" && (frame.stream === "stdout" || frame.stream === "stderr")) {
      const window = this.#windows[frame.stream];
      window.received(frame.bytes.length);
      this.#output[frame.stream].push(frame.bytes);
      const credit = window.consumed(frame.bytes.length);
      if (credit > 0) await this.send(encodeCredit(frame.stream, credit));
    } else throw new Error(`the guest sent an unexpected ${frame.kind} frame`);
  }
}
