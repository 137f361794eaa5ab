import {
  at,
  Builder,
  type BuilderOptions,
  type Program,
  type Value,
  type Variable,
} from "@vimto/asm";
import {
  type Architecture,
  AT_FDCWD,
  ECHILD,
  EINTR,
  ENODEV,
  O_CLOEXEC,
  O_RDONLY,
  O_WRONLY,
} from "@vimto/linux";
import { say } from "./console.ts";
import { reportCrashes } from "./crash.ts";
import { fail, powerOff, waitForOthersToPowerOff } from "./end.ts";
import { sayHello } from "./hello.ts";
import { openPort } from "./port.ts";
import { pipe, start } from "./processes.ts";
import { FRAME, RECORD } from "./records.ts";
import { clock, tell, writeAll } from "./roles/common.ts";
import { interpret, makeRoomForScripts } from "./roles/interpret.ts";
import { keepCore } from "./roles/keep-core.ts";
import { superviseLaunch } from "./roles/launch.ts";
import { isMountHelper, mountHelper } from "./roles/mount-helper.ts";
import { oomWatch } from "./roles/oom-watch.ts";
import { relayFeed } from "./roles/relay-feed.ts";
import { relayIn } from "./roles/relay-in.ts";
import { relayOut } from "./roles/relay-out.ts";
import { serve } from "./roles/serve.ts";

/** The host's script for the boot, in the initramfs (apps/host/src/guest/boot.ts). */
const BOOT_SCRIPT = "/vimto/boot";
/** Moments that the boot may report; the first is the start of process 1, the last is hello. */
const MOST_MOMENTS = 16;

const PIPE_SIZE = 1 << 20;

/**
 * `/init` of the initramfs, process 1: prepares the machine as the host's boot script says, opens the port,
 * says hello, and starts the processes that serve the host. Then it reaps whatever ends, and powers the
 * machine off when one of them is gone: a crash of guest init is a sentence and no kernel panic.
 *
 * `hello` are the fields of that message that are known now; the last moment of the boot is `moments` - 1.
 */
export function guestInit(
  arch: Architecture,
  hello: Readonly<Record<string, string | number>>,
  moments: number,
  options: BuilderOptions = {},
): Program {
  if (moments > MOST_MOMENTS) throw new RangeError(`a boot has ${MOST_MOMENTS} moments at most`);
  const p = new Builder(options);
  const times = p.buffer(8 * MOST_MOMENTS);
  const now = p.variable();
  const mark = (index: Value) =>
    p.scope(() => {
      const place = p.variable();
      clock(p, now);
      p.math(place, index, "mul", 8);
      p.math(place, place, "add", times);
      p.store(8, place, now);
    });

  const stack = p.variable();
  const self = p.variable();
  p.stack(stack);
  p.when(p.syscallTo(self, "getpid"), "!=", 1, () => p.scope(() => helper(p, stack)));
  mark(0);
  reportCrashes(p, arch);
  p.scope(() => mountFirst(p));
  p.scope(() => protect(p));
  makeRoomForScripts(p, () => fail(p, "there is no memory for scripts"));
  p.scope(() => boot(p, mark));
  const port = p.variable();
  p.scope(() => openPort(p, port, () => powerOff(p)));
  const gone = () => fail(p, "the port cannot be written");
  p.scope(() => sayHello(p, port, hello, gone));
  p.scope(() => tellMoments(p, port, times, moments - 1, gone));
  // relay-out sends hello when everything has started: then the host saves a template.
  const tellLast = (records: Value) => {
    clock(p, now);
    tell(p, records, p.buffer(RECORD.size), RECORD.mark, moments - 1, now);
  };
  supervise(p, startAll(p, port, tellLast));
  return p.build();
}

/** The roles of guest init when it is not process 1: a helper of the kernel, or of mount(8). */
function helper(p: Builder, stack: Variable): void {
  const isMount = p.variable();
  isMountHelper(p, isMount, stack);
  p.when(isMount, "!=", 0, () => p.scope(() => mountHelper(p, stack)));
  keepCore(p, stack);
}

/** Mounted before any script, since guest init itself needs /proc, /sys and /dev. */
function mountFirst(p: Builder): void {
  const result = p.variable();
  for (const [type, directory] of [
    ["proc", "/proc"],
    ["sysfs", "/sys"],
    ["devtmpfs", "/dev"],
  ] as const) {
    const name = p.text(type);
    p.syscallTo(result, "mount", name, p.text(directory), name, 0, 0);
    p.when(result, "==", -ENODEV, () =>
      fail(p, `this kernel has no ${type}, which ${directory} is`),
    );
  }
}

/** Keeps the out-of-memory killer away from this process and its children (proc(5), oom_score_adj). */
function protect(p: Builder): void {
  const fd = p.variable();
  p.syscallTo(fd, "openat", AT_FDCWD, p.text("/proc/self/oom_score_adj"), O_WRONLY | O_CLOEXEC);
  p.syscall("write", fd, p.text("-1000"), 5);
  p.syscall("close", fd);
}

/** Runs the host's script for the boot; a step that fails is named on the console. */
function boot(p: Builder, mark: (index: Value) => void): void {
  const fd = p.variable();
  p.syscallTo(fd, "openat", AT_FDCWD, p.text(BOOT_SCRIPT), O_RDONLY | O_CLOEXEC, 0);
  interpret(p, fd, {
    mark,
    started: () => {},
    failed: (_index, errno, step) => {
      say(p, "cannot ", { text: step }, ", errno 0x", { hex: errno });
      powerOff(p);
    },
    gone: () => fail(p, `there is no whole ${BOOT_SCRIPT}`),
  });
  p.syscall("close", fd);
}

/** The first `moments` moments of the boot, as events; they come behind hello. */
function tellMoments(
  p: Builder,
  port: Value,
  times: ReturnType<Builder["buffer"]>,
  moments: number,
  failed: () => void,
): void {
  const frame = p.buffer(FRAME.header + RECORD.size);
  const time = p.variable();
  p.store(4, frame, RECORD.size);
  p.store(1, at(frame, 4), FRAME.event);
  for (let index = 0; index < moments; index++) {
    p.load(time, 8, at(times, 8 * index));
    p.store(4, at(frame, FRAME.header), RECORD.mark);
    p.store(4, at(frame, FRAME.header + 4), index);
    p.store(8, at(frame, FRAME.header + 8), time);
    writeAll(p, port, frame, FRAME.header + RECORD.size, failed);
  }
}

type Started = {
  readonly name: string;
  readonly process: Variable;
  /** Whether it ends by itself, with status 0, when it has nothing left to do. */
  readonly ends: boolean;
};

/** The processes that move bytes, the one that takes orders, and the one that waits for the command. */
function startAll(p: Builder, port: Value, started: (records: Value) => void): readonly Started[] {
  const records = pipe(p);
  const orders = pipe(p);
  const [stdout, stderr, held, stdin, script, hook] = Array.from({ length: 6 }, () =>
    pipe(p, PIPE_SIZE),
  );
  if (!stdout || !stderr || !held || !stdin || !script || !hook) throw new Error("six pipes");

  const out = start(p, "relay-out", [port, records.read, stdout.read, stderr.read], relayOut);
  const into = start(
    p,
    "relay-in",
    [port, records.write, orders.write, held.write, script.write, hook.write],
    relayIn,
  );
  const feed = start(p, "relay-feed", [held.read, stdin.write, records.write], relayFeed);
  const watch = start(p, "oom-watch", [], oomWatch);
  const launched = start(
    p,
    "launch",
    [stdin.read, stdout.write, stderr.write, script.read, records.write],
    superviseLaunch,
    { ready: true },
  );
  const served = start(p, "serve", [orders.read, records.write, hook.read], () => serve(p, out));
  started(records.write);
  p.syscall("close", port);
  for (const { read, write } of [records, orders, stdout, stderr, held, stdin, script, hook])
    for (const end of [read, write]) p.syscall("close", end);
  return [
    { name: "relay-out", process: out, ends: false },
    { name: "relay-in", process: into, ends: false },
    // Its orders are over when relay-in is gone, whose end is the reason, and may be seen later.
    { name: "serve", process: served, ends: true },
    { name: "oom-watch", process: watch, ends: false },
    { name: "relay-feed", process: feed, ends: true },
    { name: "launch", process: launched, ends: true },
  ];
}

function supervise(p: Builder, started: readonly Started[]): void {
  const ended = p.variable();
  const status = p.variable();
  const place = p.buffer(8);
  p.loop((_, jumpBack) => {
    p.syscallTo(ended, "wait4", -1, place, 0, 0);
    p.when(ended, "==", -EINTR, jumpBack);
    p.when(ended, "==", -ECHILD, () => powerOff(p));
    p.load(status, 4, place);
    for (const { name, process, ends } of started)
      p.when(ended, "==", process, () => {
        if (ends) p.when(status, "==", 0, jumpBack);
        waitForOthersToPowerOff(p);
        say(p, `${name} ended, wait status 0x`, { hex: status });
        powerOff(p);
      });
  });
}
