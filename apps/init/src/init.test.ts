import { architectures } from "@vimto/linux";
import { bootMoments, Decoder, encodeOrder, type Frame } from "@vimto/protocol/frames";
import { parseHello } from "@vimto/protocol/messages";
import { Script } from "@vimto/script";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { End, monotonic } from "../../../libs/asm/src/testing/descriptors.ts";
import { Workshop } from "../../../libs/asm/src/testing/run.ts";
import { commandScript } from "../../host/src/guest/script.ts";
import { guestInitEnd, placeAt } from "../../host/src/machine/guest-init.ts";
import { command, emptyBoot, sessionWithGuest } from "../../host/src/session/testing/guest.ts";
import { compiled } from "./main.ts";
import { placesText } from "./place.ts";
import { bootInNamespace } from "./testing/namespace.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const AT_FDCWD = -100;

describe.each(architectures)("guest init on %s", (arch) => {
  const executable = compiled(arch);
  const init = executable.bytes;

  /** Boots a root with a port, or without the driver of one; `script` is that of the boot. */
  const boot = (context: TestContext, script = emptyBoot(arch), driver = true) =>
    bootInNamespace(context, workshop, { arch, init, script, driver });

  /** Whole frames of the guest, as many as there must be at least. */
  async function frames(end: End, count: number): Promise<Frame[]> {
    const [decoder, all] = [new Decoder(), [] as Frame[]];
    while (all.length < count) all.push(...decoder.push(await end.some()));
    return all;
  }
  /** Hello, and each moment of the boot. */
  const UP = 1 + bootMoments.length;

  const said = async (console: End) => new TextDecoder().decode(await console.rest());
  /** What the parent of a namespace sees when process 1 asked to power off (reboot(2)). */
  const POWERED_OFF = "SIGINT";

  test("says hello with its kernel, then the moments of the boot, in order", async (context) => {
    const before = monotonic();
    const script = new Script(arch).mark(1).mark(2);
    const { port } = boot(context, script.build({ nameOf: (step) => step }));
    const [first, ...moments] = await frames(new End(port), UP);
    const release = String(Bun.spawnSync(["uname", "-r"]).stdout).trim();
    expect(first && parseHello(first)).toMatchObject({ arch, release });
    const times = [before];
    for (const [index, frame] of moments.entries()) {
      expect(frame).toMatchObject({ kind: "event", event: { kind: "mark", index } });
      if (frame.kind === "event" && frame.event.kind === "mark") times.push(frame.event.ns);
    }
    times.push(monotonic());
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  test("says where process 1 crashed, and powers off", async (context) => {
    // Without names of its steps, a boot script that fails makes guest init read at address 0.
    const script = new Script(arch).call("", "chdir", ["/nowhere"]).build();
    const { console, ended } = boot(context, script);
    expect(await ended).toBe(POWERED_OFF);
    const text = await said(console);
    expect(text).toMatch(/^vimto: guest init: \S+ crashed at 0x[0-9a-f]{8}, signal 0x000b\n$/);
    const { address = 0 } = guestInitEnd(text) ?? {};
    expect(placeAt(placesText(executable), address)).toMatch(/^apps\/init\/src\/text\.ts:\d+$/);
  });

  test("tells the time", async (context) => {
    const end = new End(boot(context).port);
    await frames(end, UP);
    const before = Date.now();
    await end.put(encodeOrder({ kind: "clock" }));
    const [frame] = await frames(end, 1);
    if (frame?.kind !== "event" || frame.event.kind !== "clock") throw new Error("no clock came");
    const ms = Number(frame.event.ns) / 1e6;
    expect(ms).toBeGreaterThan(before - 1);
    expect(ms).toBeLessThan(Date.now() + 1);
  });

  test("powers off when the host is gone", async (context) => {
    const { port, ended, console } = boot(context);
    const end = new End(port);
    await frames(end, UP);
    end.close();
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toMatch(/^vimto: guest init: relay-(in|out) ended, wait status 0x/);
  });

  test("names the step of the boot that failed, with its errno", async (context) => {
    const script = new Script(arch)
      .call("make a directory", "mkdirat", [AT_FDCWD, "/made", 0o755])
      .call("load the kernel module é", "mkdirat", [AT_FDCWD, "/no/where", 0o755])
      .call("never", "mkdirat", [AT_FDCWD, "/never", 0o755]);
    const { ended, console } = boot(context, script.build({ nameOf: (step) => step }));
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toBe(
      "vimto: guest init: cannot load the kernel module é, errno 0x0002\n",
    );
  });

  test("says that the kernel has no virtio console driver", async (context) => {
    const { ended, console } = boot(context, emptyBoot(arch), false);
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toBe(
      "vimto: guest init: this kernel has no virtio console driver (CONFIG_VIRTIO_CONSOLE)\n",
    );
  });

  test("names the process of its own that was killed", async (context) => {
    const { session, guest } = await sessionWithGuest(context, workshop, arch);
    await session.hello();
    // By its place: relay-out is the first that process 1 starts.
    const kill = command("kill -KILL $(ls /proc | grep '^[1-9]' | sort -n | sed -n 2p)");
    const killed = session.launch(commandScript(arch, kill, "command"), () => {});
    const { ended, console } = guest;
    expect(await ended).toBe(POWERED_OFF);
    expect(await said(console)).toBe("vimto: guest init: relay-out ended, wait status 0x0009\n");
    await expect(killed).rejects.toMatchObject({ code: "powered-off" });
  });
});
