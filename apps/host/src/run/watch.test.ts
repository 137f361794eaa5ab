import { constants } from "node:os";
import { expect, test } from "vitest";
import { type Forwarded, type SignalSource, Watch, type WatchedSession } from "./watch.ts";

/** Signals that the test sends. */
function signals(): SignalSource & { send(name: Forwarded): void; listeners(): number } {
  const listeners = new Set<(name: Forwarded) => void>();
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send: (name) => {
      for (const listener of listeners) listener(name);
    },
    listeners: () => listeners.size,
  };
}

const forever = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
  });

test("a signal ends a fetch, and then it is the reason", async () => {
  const source = signals();
  const watch = new Watch(source);
  const fetching = watch.fetching(forever);
  source.send("SIGUSR1");
  source.send("SIGTERM");
  await expect(fetching).rejects.toMatchObject({
    status: 128 + 15,
    message: "the pull was ended by SIGTERM",
  });
  await expect(watch.guard(new Promise(() => {}))).rejects.toMatchObject({ status: 143 });
  expect(watch.over).toBe(true);
});

test("a signal before the guest is up shows what its console said last", async () => {
  const source = signals();
  const watch = new Watch(source);
  watch.observe(() => ["[    0.1] probing"]);
  source.send("SIGINT");
  await expect(watch.guard(new Promise(() => {}))).rejects.toMatchObject({
    message: "the machine was ended by SIGINT",
    console: ["[    0.1] probing"],
  });
});

test("time counts from the moment on when the kernel is here, not while it is fetched", async () => {
  const watch = new Watch(signals());
  const fetched = await watch.fetching(async (signal) => {
    // Longer than the limit, by the clock of the timers themselves.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return signal.aborted;
  });
  expect([fetched, watch.over]).toEqual([false, false]);
  watch.limit({ timeoutMs: 1, bootLimit: false });
  await expect(watch.guard(new Promise(() => {}))).rejects.toMatchObject({
    code: "timeout",
    message: "the guest had not come up after 0.001 s (--timeout); --verbose shows its console",
  });
});

test("a fetch that fails by itself keeps its own reason", async () => {
  const watch = new Watch(signals());
  const why = new Error("no network");
  await expect(watch.fetching(() => Promise.reject(why))).rejects.toBe(why);
});

test("nothing is left behind", () => {
  const source = signals();
  const watch = new Watch(source);
  watch.limit({ timeoutMs: 1000, bootLimit: true });
  expect(source.listeners()).toBe(1);
  watch.release();
  expect(source.listeners()).toBe(0);
});

/** The session of a command that runs, in a guest that answers or not. */
function session(sent: Promise<void>): WatchedSession & { readonly signals: number[] } {
  const numbers: number[] = [];
  return {
    running: true,
    heard: true,
    signals: numbers,
    signal: (number) => {
      numbers.push(number);
      return sent;
    },
    fail: () => {},
  };
}
const never = new Promise<never>(() => {});

test("a guest that takes no signal is ended for it", async () => {
  const source = signals();
  const watch = new Watch(source, 1);
  const watched = session(never);
  watch.attach(watched);
  source.send("SIGTERM");
  await expect(watch.guard(never)).rejects.toMatchObject({
    code: "interrupted",
    status: 128 + 15,
    message:
      "the guest did not answer for 0.01 s after SIGTERM, so its machine was ended; it hangs or is suspended",
  });
  expect(watched.signals).toEqual([15]);
});

test("a signal that comes twice at once is one, and a later one ends the machine", async () => {
  const source = signals();
  // A tenth of it is longer than any pause between two lines of a test.
  const watch = new Watch(source, 2 ** 30);
  const watched = session(Promise.resolve());
  watch.attach(watched);
  source.send("SIGTERM");
  source.send("SIGTERM");
  expect([watched.signals, watch.over]).toEqual([[15], false]);
  watch.release();

  const later = new Watch(source, 1);
  later.attach(watched);
  source.send("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 5));
  source.send("SIGTERM");
  await expect(later.guard(never)).rejects.toMatchObject({
    message: "the machine was ended by SIGTERM",
  });
});

test("a terminal that is gone may say so several times", async () => {
  const source = signals();
  const watch = new Watch(source, 1);
  const watched = session(Promise.resolve());
  watch.attach(watched);
  source.send("SIGHUP");
  await new Promise((resolve) => setTimeout(resolve, 5));
  source.send("SIGHUP");
  expect([watched.signals, watch.over]).toEqual([[1, 1], false]);
  // The command has ended by it, and teardown runs.
  watch.attach({ ...watched, running: false });
  source.send("SIGHUP");
  expect([watched.signals, watch.over]).toEqual([[1, 1], false]);
  source.send("SIGTERM");
  await expect(watch.guard(never)).rejects.toMatchObject({ status: 128 + 15 });
});

test.each([
  ["answers", Promise.resolve()],
  ["does not answer", never],
] as const)("a command is stopped while vimto is, in a guest that %s", async (_, sent) => {
  let before = async () => {};
  let after = () => {};
  const suspension: SignalSource["suspension"] = (stop, goOn) => {
    before = async () => await stop();
    after = goOn;
    return () => {};
  };
  const watch = new Watch({ ...signals(), suspension }, 1);
  after();
  await before();
  const watched = session(sent);
  watch.attach(watched);
  after();
  expect(watched.signals).toEqual([]);
  await before();
  expect(watched.signals).toEqual([constants.signals.SIGSTOP]);
  after();
  after();
  expect(watched.signals).toEqual([constants.signals.SIGSTOP, constants.signals.SIGCONT]);
});

test.each([
  ["a signal that the guest has sent on", "SIGTERM", Promise.resolve()],
  ["a signal that asks for no end", "SIGUSR1", never],
] as const)("%s ends nothing", async (_, name, sent) => {
  const source = signals();
  const watch = new Watch(source, 1);
  watch.attach(session(sent));
  source.send(name);
  // Longer than the limit, by the clock of the timers themselves.
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(watch.over).toBe(false);
});
