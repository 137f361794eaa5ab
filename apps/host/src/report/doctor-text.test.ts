import { expect, test } from "vitest";
import { doctorText, reasons, type Section } from "./doctor-text.ts";

const host: Section = {
  title: "This host",
  checks: [
    { name: "QEMU", state: "ok", what: "7.2.22" },
    { name: "free space", state: "slow", what: "little; make room" },
  ],
};

test("what is there, what is slow, and the way to mend it", () => {
  expect(reasons([host])).toBe(0);
  expect(doctorText([host])).toBe(`This host
  ok     QEMU        7.2.22
  slow   free space  little
                     make room

A run would work.
`);
});

test("lacks are counted, a kernel's by the sentences they add up to", () => {
  const missing = { state: "lacks", what: "CONFIG_X is missing" } as const;
  const kernel: Section = {
    title: "Kernel k",
    checks: [
      { name: "9p", ...missing },
      { name: "9p fs", ...missing },
      { name: "pty", state: "absent", what: "none" },
      { name: "tmpfs", state: "unknown", what: "CONFIG_TMPFS" },
    ],
    problems: ["kernel k has no 9p; use another"],
  };
  expect(doctorText([kernel])).toBe(`Kernel k
  LACKS  9p     CONFIG_X is missing
  LACKS  9p fs  CONFIG_X is missing
  --     pty    none
  ?      tmpfs  CONFIG_TMPFS

  kernel k has no 9p;
  use another

A run would not work, for one reason.
`);
  const qemu: Section = { title: "", checks: [{ name: "QEMU", state: "lacks", what: "no QEMU" }] };
  expect(reasons([qemu, kernel])).toBe(2);
  expect(doctorText([qemu, kernel])).toMatch(/\n\nA run would not work, for 2 reasons\.\n$/);
});
