import { expect, test } from "vitest";
import { qemuCommand, withInitramfs } from "../../scripts/lib/bench/dry-run.ts";
import { parseMoment, stages } from "../../scripts/lib/bench/moments.ts";
import { chooseKernels, parseRuns } from "../../scripts/lib/bench/options.ts";
import { alternate, spread } from "../../scripts/lib/bench/statistics.ts";
import { table } from "../../scripts/lib/bench/table.ts";
import { parseDuration } from "../../scripts/lib/soak/duration.ts";
import { StreamCheck } from "../../scripts/lib/soak/writers.ts";

test("a median has as many values below as above", () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => spread([])).toThrow("nothing was measured");
});

test("things are measured in turns", async () => {
  const order: string[] = [];
  const thing = (name: string) => async () => order.push(name);
  expect(await alternate(2, [thing("a"), thing("b")])).toEqual([
    [1, 3],
    [2, 4],
  ]);
  expect(order).toEqual(["a", "b", "a", "b"]);
});

test("figures stand to the right, names to the left", () => {
  const rows = [
    ["a", "x y", 1.005],
    ["bcd", "z", "12.5"],
  ];
  expect(table(["name", "", "s"], rows)).toBe(
    "name          s\na     x y  1.00\nbcd   z    12.5\n",
  );
});

test("stages are what lies between moments of one clock", () => {
  const lines = [
    "vimto:     4.5 ms  QEMU started",
    "console: vimto:     4.5 ms  a guest's own line",
    "vimto:  2397.9 ms  guest at 1224.4 ms: guest init",
    "vimto:  2398.0 ms  guest at 1300.0 ms: modules loaded",
    "vimto:  2400.0 ms  hello",
  ];
  const moments = lines.map(parseMoment).filter((moment) => moment !== undefined);
  const rounded = stages(moments).map(({ name, clock, ms }) => `${name} ${clock} ${ms.toFixed(1)}`);
  expect(rounded).toEqual([
    "QEMU started host 4.5",
    "guest init guest 1224.4",
    "modules loaded guest 75.6",
    "hello host 2395.5",
  ]);
});

test("in a clone the guest's clock is the template's, so its first moment says nothing", () => {
  const moments = [
    { name: "script", hostMs: 5, guestMs: 2600 },
    { name: "root", hostMs: 9, guestMs: 2700 },
  ];
  expect(stages(moments)).toEqual([{ name: "root", clock: "guest", ms: 100 }]);
});

test("the floor is vimto's own command line with another initramfs", () => {
  const printed =
    "# QEMU\n/usr/bin/qemu \\\n  -initrd /a \\\n  -append 'quiet x'\n\n# kernel arguments\nquiet x\n";
  const command = ["/usr/bin/qemu", "-initrd", "/a", "-append", "quiet x"];
  expect(qemuCommand(printed)).toEqual(command);
  expect(withInitramfs(command, "/b")).toEqual(command.with(2, "/b"));
  expect(() => withInitramfs(["qemu"], "/b")).toThrow("a QEMU command line without -initrd: qemu");
  expect(() => qemuCommand("")).toThrow("vimto --dry-run printed no QEMU command line: ");
});

test("kernels are named or all that are there", () => {
  const here = { name: "debian-6.12", path: "/k" } as const;
  const missing = { name: "debian-6.1", path: "/m", missing: "there is no m" } as const;
  expect(chooseKernels([], [here, missing])).toEqual([here]);
  expect(chooseKernels(["debian-6.12"], [here, missing])).toEqual([here]);
  expect(() => chooseKernels(["debian-6.1"], [here, missing])).toThrow("there is no m");
  expect(() => chooseKernels(["6.1"], [here])).toThrow(
    'no kernel is named "6.1"; known: debian-6.12',
  );
  expect(() => parseRuns("0")).toThrow('--runs "0" is not a number from 1 to 99999');
});

test("a time to run has a unit", () => {
  expect(["90s", "30m", "8h"].map(parseDuration)).toEqual([90, 1800, 28_800]);
  expect(() => parseDuration("30")).toThrow(
    '"30" is no time to run; give one such as 90s, 30m or 8h',
  );
});

test.each([
  ["one 1\ntwo 1\ntwo 2\none 2\n", undefined],
  ["one 1\none 2\ntwo 1\n", "two got to line 1 of 2"],
  ["one 2\n", '"one 2" came where one 2 was not next (1)'],
  ["one 1\none 1\n", '"one 1" came where one 1 was not next (2)'],
  ["one 1\none 2\ntwo 1\ntwo 2\none 3", 'it ended inside a line: "one 3"'],
])("the lines %j of two writers", (text, fault) => {
  for (let cut = 0; cut <= text.length; cut++) {
    const check = new StreamCheck("stdout", 2);
    check.push(text.slice(0, cut));
    check.push(text.slice(cut));
    expect(check.end()).toBe(fault);
  }
});
