import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectKernel } from "../facts.ts";
import { needs, virtiofs } from "../needs/table.ts";
import { latin1 } from "../testing/build.ts";
import {
  builtinKernels,
  configText,
  type DebianKernel,
  debian,
  fileIn,
} from "../testing/kernels.ts";
import { embeddedConfig, has, type KernelConfig, parseConfig } from "./config.ts";
import { presence } from "./strings.ts";

const options = [...needs, virtiofs].map(({ option }) => option);

/** Options whose strings say something else than the configuration, and those they leave open. */
function compared(kernel: Uint8Array, config: KernelConfig) {
  const wrong: string[] = [];
  const open: string[] = [];
  for (const option of options) {
    const said = presence(kernel, option);
    const builtin = has(config, option) === "y";
    if (said === "unknown") open.push(option);
    else if ((said === "builtin") !== builtin) wrong.push(`${option} is not ${said}`);
  }
  return { wrong, open };
}

const open = ["BINFMT_SCRIPT", "MULTIUSER", "SERIAL_8250_CONSOLE", "SERIAL_AMBA_PL011_CONSOLE"];

function unpackedKernel(path: string): Uint8Array {
  const { unpacked } = inspectKernel(path);
  if (unpacked === undefined) throw new Error(`${path} was not unpacked`);
  return unpacked;
}

describe("strings of real kernels never contradict their configuration", () => {
  test.each(builtinKernels)("%s", (directory) => {
    const kernel = unpackedKernel(join(directory, "boot/vmlinuz"));
    const config = embeddedConfig(kernel);
    if (config === undefined) throw new Error("it has no configuration");
    expect(compared(kernel, config)).toEqual({ wrong: [], open });
  });

  test.for<DebianKernel>(["debian-6.1", "debian-6.12", "debian-6.1-cloud"])(
    "%s",
    (name, context) => {
      const directory = debian(context, name);
      const kernel = unpackedKernel(fileIn(join(directory, "boot"), "vmlinuz-"));
      const config = parseConfig(configText(directory));
      expect(compared(kernel, config)).toEqual({ wrong: [], open });
    },
  );
});

test("a name that ends another one is no proof", () => {
  expect(presence(latin1("arp_overlay\0"), "OVERLAY_FS")).toBe("not-builtin");
  expect(presence(latin1("virtio_console: hello"), "VIRTIO_CONSOLE")).toBe("not-builtin");
});

test("without a message nothing is known of what has only messages", () => {
  expect(presence(latin1("x"), "SYSFS")).toBe("unknown");
  expect(presence(latin1("x"), "NO_SUCH_OPTION")).toBe("unknown");
});
