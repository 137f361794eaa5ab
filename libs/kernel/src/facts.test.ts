import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isElf } from "./elf/header.ts";
import { inspectKernel, kernelRelease, parseFacts } from "./facts.ts";
import { bzImage, vmlinux } from "./testing/build.ts";
import { builtinKernels, type DebianKernel, debian, fileIn } from "./testing/kernels.ts";
import { place } from "./testing/place.ts";

describe("Debian's kernels", () => {
  test.for<readonly [DebianKernel, string]>([
    ["debian-6.1", "xz"],
    ["debian-6.12", "zstd"],
    ["debian-6.1-cloud", "lz4"],
  ])("%s is a bzImage of %s with a PVH kernel inside", ([name, compression], context) => {
    const path = fileIn(join(debian(context, name), "boot"), "vmlinuz-");
    const release = path.slice(path.indexOf("vmlinuz-") + "vmlinuz-".length);
    const { facts, unpacked } = inspectKernel(path, "x86_64");
    expect(facts).toMatchObject({
      format: "bzImage",
      arch: "x86_64",
      release,
      boot: "unpacked",
      compression,
      source: "strings",
    });
    expect(facts.banner).toMatch(
      new RegExp(`^Linux version ${RegExp.escape(release)} .* #1 SMP .*Debian`),
    );
    expect(facts).not.toHaveProperty("notUnpacked");
    expect(unpacked && isElf(unpacked)).toBe(true);
    expect(kernelRelease(path)).toBe(release);
  });
});

test.each(builtinKernels)("%s is a bzImage that holds its configuration", (directory) => {
  const { facts } = inspectKernel(join(directory, "boot/vmlinuz"));
  expect(facts).toMatchObject({
    format: "bzImage",
    boot: "unpacked",
    compression: "zstd",
    source: "embedded configuration",
  });
  expect(facts.options).toMatchObject({ "9P_FS": "builtin", SERIAL_AMBA_PL011_CONSOLE: "off" });
});

describe("the release", () => {
  test("of a bzImage is in its header", () => {
    const path = join(place({ k: bzImage({ version: "6.9.0-rc1+ (me) #7" }) }), "k");
    expect(kernelRelease(path)).toBe("6.9.0-rc1+");
  });

  test("of a vmlinux is in its longest banner", () => {
    const whole = "Linux version 6.9.0 (me@here) (gcc, GNU ld) #2 SMP Monday";
    const path = join(place({ k: vmlinux("6.9.0", `Linux version %s\0${whole}\n\0`) }), "k");
    expect(kernelRelease(path)).toBe("6.9.0");
    expect(inspectKernel(path).facts.banner).toBe(whole);
  });
});

describe("facts as JSON", () => {
  const inspected = () => inspectKernel(join(place({ k: vmlinux("6.9.0") }), "k")).facts;

  test("come back as they were", () => {
    const facts = inspected();
    expect(parseFacts(JSON.stringify(facts))).toEqual(facts);
  });

  test.each([
    ["cut", (json: string) => json.slice(0, -20)],
    ["empty", () => ""],
    ["of another version", (json: string) => json.replace('"schema":3', '"schema":1')],
    ["with a field too many", (json: string) => json.replace("{", '{"more":1,')],
    ["with an unknown state", (json: string) => json.replace('"not-builtin"', '"perhaps"')],
    ["without a release", (json: string) => json.replace('"release":"6.9.0",', "")],
    ["of something else", () => "[]"],
  ])("are not believed when %s", (_name, change) => {
    expect(parseFacts(change(JSON.stringify(inspected())))).toBeUndefined();
  });
});
