import { closeSync, openSync } from "node:fs";
import { pipe } from "./syscalls.ts";

const PIPE_SIZE = 1 << 20;

/** What guest init keeps of the channel after it has started the relays. */
export type Channel = {
  /** Control frames from the host. */
  readonly incoming: number;
  /** Control frames to the host. */
  readonly outgoing: number;
  /** Records for relay-out. */
  readonly records: number;
  /**
   * Keeps stdout and stderr open although the command may end: more commands are to write there.
   * Must be called before the command's launcher is gone.
   */
  hold(): void;
  /**
   * Starts another launcher that waits for its script on the descriptor `script`. It has no stdin, and
   * the command's stdout and stderr if these are held.
   */
  launch(script: number): Bun.Subprocess;
};

function start(name: string, stdio: (number | "ignore")[]): Bun.Subprocess {
  const [stdin = "ignore", stdout = "ignore", stderr = "ignore", ...extra] = stdio;
  return Bun.spawn({
    cmd: [`/vimto/${name}`],
    stdio: [stdin, stdout, stderr, ...extra],
    env: {},
  });
}

/**
 * Starts the processes that move bytes: relay-in reads the port, relay-out writes it, relay-feed fills the
 * command's stdin, and a launcher waits for the command. `gone` is called when a relay ends.
 */
export function startRelays(port: number, gone: (name: string, status: number) => void): Channel {
  const records = pipe();
  const outgoing = pipe();
  const incoming = pipe();
  const stdout = pipe(PIPE_SIZE);
  const stderr = pipe(PIPE_SIZE);
  const held = pipe(PIPE_SIZE);
  const stdin = pipe(PIPE_SIZE);
  const script = pipe(PIPE_SIZE);

  const watch = (name: string, child: Bun.Subprocess) =>
    child.exited.then((status) => gone(name, status));
  const out = start("relay-out", [port, records.read, outgoing.read, stdout.read, stderr.read]);
  const into = start("relay-in", [port, records.write, incoming.write, held.write, script.write]);
  const feed = start("relay-feed", [held.read, stdin.write, records.write]);
  // These two end by themselves; only somebody who kills them keeps them from saying so.
  const watchForSignals = (name: string, child: Bun.Subprocess) =>
    child.exited.then((status) => {
      if (child.signalCode !== null) gone(name, status);
    });
  watchForSignals("relay-feed", feed);
  watch("relay-out", out);
  watch("relay-in", into);
  const command = start("launch", [
    stdin.read,
    stdout.write,
    stderr.write,
    script.read,
    records.write,
  ]);
  watchForSignals("launch", command);

  closeSync(port);
  for (const { read, write } of [held, stdin, script, stdout, stderr]) {
    closeSync(read);
    closeSync(write);
  }
  for (const end of [records.read, outgoing.read, incoming.write]) closeSync(end);

  // The pipes of the command's launcher, opened again by their names in /proc (proc(5), fd).
  let streams: readonly [number, number] | undefined;
  const hold = () => {
    streams ??= [
      openSync(`/proc/${command.pid}/fd/1`, "w"),
      openSync(`/proc/${command.pid}/fd/2`, "w"),
    ];
  };
  return {
    incoming: incoming.read,
    outgoing: outgoing.write,
    records: records.write,
    hold,
    launch: (from) => {
      const [out, err] = streams ?? (["ignore", "ignore"] as const);
      return start("launch", ["ignore", out, err, from, records.write]);
    },
  };
}
