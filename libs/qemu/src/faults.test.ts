import { expect, test } from "vitest";
import { hasFault } from "./faults.ts";
import { parseVersion } from "./version.ts";

test.each([
  ["x86_64", "tcg", "7.2.22", true, true],
  ["x86_64", "tcg", "8.0.5", false, true],
  ["x86_64", "tcg", "8.1.0", false, false],
  ["x86_64", "kvm", "7.2.22", false, false],
  ["aarch64", "tcg", "7.2.22", false, false],
  ["x86_64", "tcg", "unknown", false, false],
] as const)(
  "%s by %s of QEMU %s: flags %s, code %s",
  (architecture, accelerator, text, flags, code) => {
    const version = parseVersion(`QEMU emulator version ${text}`);
    const emulation = { architecture, accelerator, version };
    expect([hasFault("lostFlags", emulation), hasFault("staleCode", emulation)]).toEqual([
      flags,
      code,
    ]);
  },
);
