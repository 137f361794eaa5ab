import { architectures } from "@vimto/linux";
import {
  bootMoments,
  Decoder,
  encodeCredit,
  encodeData,
  encodeEof,
  encodeOrder,
  type Frame,
} from "@vimto/protocol/frames";
import { parseHello } from "@vimto/protocol/messages";
import { Script } from "@vimto/script";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { End, monotonic } from "../../../libs/asm/src/testing/descriptors.ts";
import { Workshop } from "../../../libs/asm/src/testing/run.ts";
import { guestInitEnd, placeAt } from "../../host/src/machine/guest-init.ts";
import { compiled } from "./main.ts";
import { placesText } from "./place.ts";
import { bootInNamespace } from "./testing/namespace.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const AT_FDCWD = -100;
const SIG_SETMASK = 2;
const LAST = bootMoments.length - 1;

describe.each(architectures)("guest init on %s", (arch) => {
  const executable = compiled(arch);
  const init = executable.bytes;
  const sh = (command: string) =>
    new Script(arch)
      .started()
      .call("reset signals", "rt_sigprocmask", [SIG_SETMASK, new Uint8Array(8), 0, 8])
      .call("execve", "execve", ["/bin/sh", ["sh", "-c", command], ["PATH=/usr/bin:/bin"]]);

  /** Boots a root with a port, or without the driver of one; `script` is that of the boot. */
  async function boot(
    context: TestContext,
    {
      script = new Script(arch).build({ nameOf: (step) => step }),
      driver = true,
    }: { script?: Uint8Array; driver?: boolean } = {},
  ) {
    const namespace = bootInNamespace(context, workshop, { arch, init, script, driver });
    return { ...namespace, host: new Host(new End(namespace.port)) };
  }

  const said = async (console: End) => new TextDecoder().decode(await console.rest());
  /** What the parent of a namespace sees when process 1 asked to power off (reboot(2)). */
  const POWERED_OFF = "SIGINT";

  test("says hello with its kernel, then the moments of the boot, in order", async (context) => {
    const before = monotonic();
    const script = new Script(arch).mark(1).mark(2);
    const { host } = await boot(context, { script: script.build({ nameOf: (step) => step }) });
    const hello = parseHello(await host.frame());
    const release = String(Bun.spawnSync(["uname", "-r"]).stdout).trim();
    expect(hello).toMatchObject({ arch, release });
    const times = [before];
    for (const index of bootMoments.keys()) {
      const frame = await host.frame();
      expect(frame).toMatchObject({ kind: "event", event: { kind: "mark", index } });
      if (frame.kind === "event" && frame.event.kind === "mark") times.push(frame.event.ns);
    }
    times.push(monotonic());
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  test("says where process 1 crashed, and powers off", async (context) => {
    // Without names of its steps, a boot script that fails makes guest init read at address 0.
    const script = new Script(arch).call("", "chdir", ["/nowhere"]).build();
    const { console, ended } = await boot(context, { script });
    expect(await ended).toBe(POWERED_OFF);
    const text = await said(console);
    expect(text).toMatch(/^vimto: guest init: \S+ crashed at 0x[0-9a-f]{8}, signal 0x000b\n$/);
    const { address = 0 } = guestInitEnd(text) ?? {};
    expect(placeAt(placesText(executable), address)).toMatch(/^apps\/init\/src\/text\.ts:\d+$/);
  });

  test("runs the command with its streams, and tells how it ended", async (context) => {
    const { host } = await boot(context);
    await host.up();
    await host.send(encodeCredit("stdout", 1000), encodeCredit("stderr", 1000));
    await host.send(encodeData("script", sh("cat; echo err >&2; exit 3").build()));
    await host.send(encodeData("stdin", new TextEncoder().encode("in")), encodeEof("stdin"));
    await host.until(() => host.over.size === 2 && host.events.includes("synced"));
    expect(host.text).toEqual({ stdout: "in", stderr: "err\n" });
    expect(host.events).toEqual(["started", "exited", "synced"]);
  });

  test("passes signals on to a process group, or to the process that is to make one", async (context) => {
    const { host } = await boot(context);
    await host.up();
    await host.send(encodeData("script", sh("exec sleep 100").build()));
    await host.until(() => host.started > 0);
    await host.send(encodeOrder({ kind: "signal", pid: -host.started, signal: 15 }));
    await host.until(() => host.events.includes("exited"));
    expect(host.ended).toEqual({ kind: "exited", signal: 15 });
  });

  test("runs hooks one after the other around a command whose streams are held", async (context) => {
    const { host } = await boot(context);
    await host.up();
    await host.send(encodeCredit("stdout", 1000), encodeCredit("stderr", 1000));
    await host.send(encodeOrder({ kind: "hold" }));
    const hook = async (id: number, command: string) => {
      await host.send(encodeOrder({ kind: "run", id }), encodeData("hook", sh(command).build()));
      await host.until(() => host.ran.has(id));
    };
    await hook(7, "echo one; cat; exit 4");
    await host.send(encodeData("script", sh("echo two").build()));
    await host.until(() => host.events.includes("synced"));
    await hook(8, "echo three; echo err >&2; kill -KILL $$");
    await host.send(encodeOrder({ kind: "finish" }));
    await host.until(() => host.over.size === 2);
    expect(host.text).toEqual({ stdout: "one\ntwo\nthree\n", stderr: "err\n" });
    expect(host.ran.get(7)).toEqual({ kind: "ran", id: 7, status: 4 });
    expect(host.ran.get(8)).toEqual({ kind: "ran", id: 8, signal: 9 });
  });

  test("hooks that hold nothing write to nowhere", async (context) => {
    const { host } = await boot(context);
    await host.up();
    await host.send(encodeCredit("stdout", 1000));
    const hook = encodeData("hook", sh("echo lost; exit 1").build());
    await host.send(encodeOrder({ kind: "run", id: 1 }), hook);
    await host.until(() => host.ran.has(1));
    expect(host.ran.get(1)).toEqual({ kind: "ran", id: 1, status: 1 });
    expect(host.text.stdout).toBe("");
  });

  test("tells the time", async (context) => {
    const { host } = await boot(context);
    await host.up();
    const before = Date.now();
    await host.send(encodeOrder({ kind: "clock" }));
    await host.until(() => host.clock !== undefined);
    const ms = Number(host.clock ?? 0n) / 1e6;
    expect(ms).toBeGreaterThan(before - 1);
    expect(ms).toBeLessThan(Date.now() + 1);
  });

  test("the processes have their names, and the command no descriptor of theirs", async (context) => {
    const { host } = await boot(context);
    await host.up();
    await host.send(encodeCredit("stdout", 1000), encodeCredit("stderr", 1000));
    const list = "cat /proc/[1-9]*/comm | sort | tr '\\n' ' '; ls /proc/self/fd | tr '\\n' ' '";
    await host.send(encodeData("script", sh(list).build()));
    await host.until(() => host.over.size === 2);
    for (const name of ["launch", "oom-watch", "relay-feed", "relay-in", "relay-out", "serve"])
      expect(host.text.stdout).toContain(`${name} `);
    // The fourth is the directory that ls reads.
    expect(host.text.stdout).toMatch(/0 1 2 3 $/);
  });

  test("powers off when the host is gone", async (context) => {
    const { host, ended, console } = await boot(context);
    await host.up();
    // Before the host says anything it may not be connected yet.
    await host.send(encodeOrder({ kind: "clock" }));
    await host.until(() => host.clock !== undefined);
    host.close();
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toMatch(/^vimto: guest init: relay-(in|out) ended, wait status 0x/);
  });

  test("names the step of the boot that failed, with its errno", async (context) => {
    const script = new Script(arch)
      .call("make a directory", "mkdirat", [AT_FDCWD, "/made", 0o755])
      .call("load the kernel module é", "mkdirat", [AT_FDCWD, "/no/where", 0o755])
      .call("never", "mkdirat", [AT_FDCWD, "/never", 0o755]);
    const { ended, console } = await boot(context, {
      script: script.build({ nameOf: (step) => step }),
    });
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toBe(
      "vimto: guest init: cannot load the kernel module é, errno 0x0002\n",
    );
  });

  test("says that the kernel has no virtio console driver", async (context) => {
    const { ended, console } = await boot(context, { driver: false });
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toBe(
      "vimto: guest init: this kernel has no virtio console driver (CONFIG_VIRTIO_CONSOLE)\n",
    );
  });

  test("names the process of its own that was killed", async (context) => {
    const { host, ended, console } = await boot(context);
    await host.up();
    // By its place: relay-out is the first that process 1 starts.
    const kill = sh("kill -KILL $(ls /proc | grep '^[1-9]' | sort -n | sed -n 2p)");
    await host.send(encodeData("script", kill.build()));
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toBe("vimto: guest init: relay-out ended, wait status 0x0009\n");
  });
});

type Event = Extract<Frame, { kind: "event" }>["event"];

/** The host's end of the port. */
class Host {
  readonly events: Event["kind"][] = [];
  readonly over = new Set<string>();
  readonly text = { stdout: "", stderr: "" };
  readonly ran = new Map<number, Event>();
  started = 0;
  ended: Event | undefined;
  clock: bigint | undefined;
  readonly #end: End;
  readonly #decoder = new Decoder();
  readonly #waiting: Frame[] = [];

  constructor(end: End) {
    this.#end = end;
  }

  async frame(): Promise<Frame> {
    while (this.#waiting.length === 0)
      this.#waiting.push(...this.#decoder.push(await this.#end.some()));
    const next = this.#waiting.shift();
    if (next === undefined) throw new Error("no frame");
    return next;
  }

  /** Reads on to the last moment of the boot. */
  async up(): Promise<void> {
    for (;;) {
      const frame = await this.frame();
      const { event } = frame.kind === "event" ? frame : { event: undefined };
      if (event?.kind === "mark" && event.index === LAST) return;
    }
  }

  async send(...frames: readonly Uint8Array[]): Promise<void> {
    for (const frame of frames) await this.#end.put(frame);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) this.#received(await this.frame());
  }

  close(): void {
    this.#end.close();
  }

  #received(frame: Frame): void {
    if (frame.kind === "eof") this.over.add(frame.stream);
    if (frame.kind === "data" && (frame.stream === "stdout" || frame.stream === "stderr"))
      this.text[frame.stream] += new TextDecoder().decode(frame.bytes);
    if (frame.kind !== "event") return;
    const { event } = frame;
    if (event.kind === "ran") this.ran.set(event.id, event);
    else if (event.kind === "clock") this.clock = event.ns;
    else {
      this.events.push(event.kind);
      if (event.kind === "started") this.started = event.pid;
      if (event.kind === "exited") this.ended = event;
    }
  }
}
