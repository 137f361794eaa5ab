import { at, type Builder, type Value, type Variable } from "@vimto/asm";
import { AT_FDCWD, CLOCK_REALTIME, O_CLOEXEC, O_RDWR, O_WRONLY } from "@vimto/linux";
import { SCRIPT_HEADER } from "@vimto/script";
import { place } from "../processes.ts";
import { ORDER, RECORD } from "../records.ts";
import { append, decimal, LONGEST } from "../text.ts";
import { clock, forkSharingRoot, RELAY, readAll, tell } from "./common.ts";
import { launch, waitFor } from "./launch.ts";
import { RELAY_OUT } from "./relay-out.ts";
import { syncHost } from "./sync-host.ts";

/** Descriptors, in the order in which process 1 passes them. */
const SERVE = { orders: 0, records: 1, hook: 2 } as const;

const SKIPPED = 1 << 16;

/**
 * Carries out the host's orders one after the other: signals, and the scripts of setup and teardown, whose end
 * it waits for. `relayOut` is the process that has the read ends of stdout and stderr.
 */
export function serve(p: Builder, relayOut: Variable): void {
  const order = p.buffer(ORDER.size);
  const record = p.buffer(RECORD.size);
  const kind = p.variable();
  const a = p.variable();
  const b = p.variable();
  const result = p.variable();
  const child = p.variable();
  const out = p.variable(-1);
  const err = p.variable(-1);

  p.loop(() => {
    readAll(p, SERVE.orders, order, ORDER.size, () => p.exit(RELAY.done));
    p.load(kind, 4, order);
    p.load(a, 4, at(order, 4));
    p.load(b, 8, at(order, 8));
    p.when(kind, "==", ORDER.signal, () => {
      p.syscallTo(result, "kill", b, a);
      // A command without a process group of its own yet gets the signal as a single process.
      p.when(result, "<", 0, () =>
        p.when(b, "<", 0, () => {
          p.math(b, 0, "sub", b);
          p.syscall("kill", b, a);
        }),
      );
    });
    p.when(kind, "==", ORDER.hold, () => {
      tell(p, SERVE.records, record, RECORD.hold, 0, 0);
      openAgain(p, out, relayOut, RELAY_OUT.stdout);
      openAgain(p, err, relayOut, RELAY_OUT.stderr);
    });
    p.when(kind, "==", ORDER.run, () => {
      forkSharingRoot(p, child);
      p.when(child, "==", 0, () => runHook(p, out, err));
      p.when(child, "<", 0, () => {
        skipScript(p);
        p.math(result, 0, "sub", child);
        tell(p, SERVE.records, record, RECORD.failed, 0, result);
      });
      const status = waitFor(p, child);
      tell(p, SERVE.records, record, RECORD.ran, a, status);
    });
    p.when(kind, "==", ORDER.finish, () => {
      syncHost(p, () => tell(p, SERVE.records, record, RECORD.unwritten, 0, 0));
      tell(p, SERVE.records, record, RECORD.drain, 0, 0);
      tell(p, SERVE.records, record, RECORD.synced, 0, 0);
    });
    p.when(kind, "==", ORDER.clock, () => {
      clock(p, b, CLOCK_REALTIME);
      tell(p, SERVE.records, record, RECORD.clock, 0, b);
    });
  });
}

/** Empties the pipe of a script that nobody can run, so that it does not block the next one. */
function skipScript(p: Builder): void {
  const chunk = p.buffer(SKIPPED);
  const length = p.variable();
  const count = p.variable();
  const gone = () => p.exit(RELAY.done);
  readAll(p, SERVE.hook, chunk, SCRIPT_HEADER, gone);
  p.load(length, 4, chunk);
  p.loop((jumpOut) => {
    p.when(length, "==", 0, jumpOut);
    p.set(count, length);
    p.when(count, ">", SKIPPED, () => p.set(count, SKIPPED));
    readAll(p, SERVE.hook, chunk, count, gone);
    p.math(length, length, "sub", count);
  });
}

/** A pipe that another process has open, to write to it, by its name in /proc (proc(5), fd). */
function openAgain(p: Builder, to: Variable, process: Value, fd: number): void {
  p.scope(() => {
    const path = p.buffer(LONGEST);
    const digits = p.buffer(16);
    const length = p.variable();
    decimal(p, digits, process);
    p.set(length, 0);
    append(p, path, length, p.text("/proc/"));
    append(p, path, length, digits);
    append(p, path, length, p.text(`/fd/${fd}`));
    p.syscallTo(to, "openat", AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  });
}

/** Becomes a command of setup or teardown: no stdin, and the command's streams if they are held. */
function runHook(p: Builder, out: Variable, err: Variable): void {
  const nothing = p.variable();
  p.syscallTo(nothing, "openat", AT_FDCWD, p.text("/dev/null"), O_RDWR | O_CLOEXEC, 0);
  for (const stream of [out, err]) p.when(stream, "<", 0, () => p.set(stream, nothing));
  place(p, [nothing, out, err, SERVE.hook, SERVE.records]);
  launch(p);
}
