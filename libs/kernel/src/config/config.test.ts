import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectKernel } from "../facts.ts";
import { gzipped, joined, latin1 } from "../testing/build.ts";
import { builtinKernels, configText, debian, fileIn } from "../testing/kernels.ts";
import { place } from "../testing/place.ts";
import { whileUnreadable } from "../testing/unprivileged.ts";
import { embeddedConfig, has, mostCpus, parseConfig, parseConfigFile } from "./config.ts";

const text = `#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.1.192 Kernel Configuration
#
CONFIG_CC_VERSION_TEXT="gcc (Debian) = 12"
CONFIG_9P_FS=m
CONFIG_PCI=y
CONFIG_HZ=250
# CONFIG_IKCONFIG is not set
# CONFIG_NOT_ME is not se
 CONFIG_INDENTED=y
#CONFIG_COMMENT=y
CONFIG_LAST=y\r
`;

describe("the text of a configuration", () => {
  test("gives values by option", () => {
    expect([...parseConfig(text)]).toEqual([
      ["CC_VERSION_TEXT", '"gcc (Debian) = 12"'],
      ["9P_FS", "m"],
      ["PCI", "y"],
      ["HZ", "250"],
      ["IKCONFIG", "n"],
      ["LAST", "y"],
    ]);
  });

  test.each([
    ["CONFIG_SMP=y\nCONFIG_NR_CPUS=64\n", 64],
    ["# CONFIG_SMP is not set\nCONFIG_NR_CPUS=1\n", 1],
    ["# CONFIG_SMP is not set\n", 1],
    ["CONFIG_SMP=y\n", undefined],
    ["CONFIG_PCI=y\n", undefined],
  ])("tells how many CPUs come up: %j", (text, cpus) => {
    expect(mostCpus(parseConfig(text))).toBe(cpus);
  });

  test("tells whether an option is on", () => {
    const config = parseConfig(text);
    expect(
      ["9P_FS", "PCI", "HZ", "IKCONFIG", "NET_9P"].map((option) => has(config, option)),
    ).toEqual(["m", "y", "y", "n", "n"]);
    expect(has(undefined, "PCI")).toBe("unknown");
  });
});

describe("a configuration file", () => {
  test("is read", () => {
    const path = join(place({ config: text }), "config");
    expect(parseConfigFile(path).get("9P_FS")).toBe("m");
  });

  test("of no option is an error", () => {
    const path = join(place({ config: "<html>404</html>" }), "config");
    expect(() => parseConfigFile(path)).toThrow(
      `kernel configuration "${path}" has no CONFIG_ line; replace it or remove it`,
    );
  });

  test("that may not be read is an error", () => {
    const path = join(place({ config: text }), "config");
    expect(() => whileUnreadable(path, () => parseConfigFile(path))).toThrow(
      `kernel configuration "${path}" cannot be read (EACCES); make it readable or remove it`,
    );
  });
});

describe("a configuration inside a kernel", () => {
  const packed = gzipped(latin1(text));

  test("stands between two markers", () => {
    const kernel = joined("code IKCFG_ST code IKCFG_ST", packed, "IKCFG_ED more code");
    expect(embeddedConfig(kernel)?.get("9P_FS")).toBe("m");
  });

  test.each([
    ["without markers", latin1("code")],
    ["without its end", joined("IKCFG_ST", packed)],
    ["with data that is cut", joined("IKCFG_ST", packed.subarray(0, 40), "IKCFG_ED")],
    ["with data that is changed", joined("IKCFG_ST", packed.with(30, 0), "IKCFG_ED")],
    ["with something else", joined("IKCFG_ST", gzipped(latin1("hello")), "IKCFG_ED")],
    ["with a comment alone", joined("IKCFG_ST", gzipped(latin1("# hello\n")), "IKCFG_ED")],
  ])("is unknown %s", (_name, kernel) => {
    expect(embeddedConfig(kernel)).toBeUndefined();
  });

  test("that would unpack to more than 16 MiB is unknown", () => {
    const bomb = gzipped(joined("# ", new Uint8Array(17 * 2 ** 20)));
    expect(embeddedConfig(joined("IKCFG_ST", bomb, "IKCFG_ED"))).toBeUndefined();
  });
});

describe("real kernels", () => {
  test.each(builtinKernels)("%s has its configuration inside", (directory) => {
    const { unpacked } = inspectKernel(join(directory, "boot/vmlinuz"));
    const config = embeddedConfig(unpacked ?? new Uint8Array(0));
    expect(config?.size).toBeGreaterThan(500);
    expect(config?.get("9P_FS")).toBe("y");
    expect(config?.get("XFS_FS") ?? "n").toBe("n");
  });

  test("Debian's has it in a file", (context) => {
    const directory = debian(context, "debian-6.1");
    const config = parseConfigFile(fileIn(join(directory, "boot"), "config-"));
    const lines = configText(directory).match(/^(CONFIG_|# CONFIG_\w+ is not set$)/gm);
    expect(config.size).toBe(lines?.length);
    expect(["9P_FS", "PVH", "KERNEL_XZ", "IKCONFIG"].map((option) => has(config, option))).toEqual([
      "m",
      "y",
      "y",
      "n",
    ]);
  });
});
