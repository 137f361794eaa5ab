import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomFrom } from "@vimto/linux/testing/random";
import { afterEach, expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import { onOff, option, optionValue } from "./option.ts";
import { quit } from "./qmp/commands.ts";
import { shares } from "./share.ts";
import { fakeKernel } from "./testing/fake-kernel.ts";
import { oddName } from "./testing/odd-name.ts";
import { killAll, requireQemu, startQemu } from "./testing/real-qemu.ts";

afterEach(killAll);

test("only commas are special", () => {
  expect(optionValue(`a,b,,c="d" 'e':f\n`)).toBe(`a,,b,,,,c="d" 'e':f\n`);
  expect(option(["local"], ["id", "a"], ["path", "/x,y=z"])).toBe("local,id=a,path=/x,,y=z");
  expect([onOff(true), onOff(false)]).toEqual(["on", "off"]);
});

test("NUL is refused with the value", () => {
  expect(() => optionValue("/tmp/a\0b")).toThrow(
    '"/tmp/a\\u0000b" holds a NUL character; remove it',
  );
});

/** util/qemu-option.c get_opt_value: a value ends at a single comma. */
function parse(text: string): readonly string[] {
  return text
    .replaceAll(",,", "\0")
    .split(",")
    .map((part) => part.replaceAll("\0", ","));
}

test("random values come back as they went in", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = randomFrom(seed);
    const [first, second] = [oddName(random), oddName(random)];
    expect(parse(option(["device"], ["a", first], ["b", second])), `seed ${seed}`).toEqual([
      "device",
      `a=${first}`,
      `b=${second}`,
    ]);
  }
});

test("QEMU reads odd paths and kernel arguments as they are", async (context) => {
  const program = await requireQemu(context);
  const seed = 20;
  const random = randomFrom(seed);
  const directory = await mkdtemp(join(tmpdir(), "vimto-option-"));
  try {
    // QEMU opens every shared directory when it starts, so a misread path would end it.
    const names = [`comma,quote"apostrophe'colon:space equal=\nnewline\\`];
    while (names.length < 30) names.push(`${names.length}${oddName(random)}`);
    const odd = join(directory, names[0] ?? "");
    const shared = names.map((name, index) => ({
      tag: `share${index}`,
      path: join(directory, name),
      readonly: index % 2 === 0,
    }));
    for (const { path } of shared) await mkdir(path);
    const file = (name: string) => join(odd, `${name},=":'\n `);
    await writeFile(file("kernel"), fakeKernel());
    await writeFile(file("initramfs"), "");
    const { arguments: args, kernelArguments } = commandLine({
      board: {
        architecture: "x86_64",
        accelerator: "tcg",
        cpus: 1,
        memoryMiB: 16,
        memoryFile: { path: file("ram"), share: true },
      },
      boot: {
        kernel: file("kernel"),
        initramfs: file("initramfs"),
        append: `foo="a, b=c" bar='d'`,
      },
      descriptors: { monitor: 3, console: 4, channel: 5 },
      devices: shares(shared),
    });
    const qemu = await startQemu(program, [...args, "-S"], ["pipe", "pipe"]);
    const get = (path: string, property: string) => qemu.qmp.execute("qom-get", { path, property });
    expect(await get("/machine", "kernel")).toBe(file("kernel"));
    expect(await get("/machine", "initrd")).toBe(file("initramfs"));
    expect(await get("/machine", "append")).toBe(kernelArguments);
    expect(kernelArguments).toMatch(/ foo="a, b=c" bar='d'$/);
    expect(await get("/objects/ram", "mem-path")).toBe(file("ram"));
    await quit(qemu.qmp);
    expect(await qemu.exited, `seed ${seed}: ${qemu.stderr()}`).toBe(0);
  } finally {
    await rm(directory, { recursive: true });
  }
});
