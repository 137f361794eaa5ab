import { expect, test } from "vitest";
import { parseSmp } from "./smp.ts";

test.each([
  ["2", 2, "cpus=2"],
  ["cpus=2", 2, "cpus=2"],
  ["cpus=2,cores=2", 2, "cpus=2,cores=2"],
  ["2,cores=2", 2, "cpus=2,cores=2"],
  ["cpus=6,sockets=3", 6, "cpus=6,sockets=3"],
  ["sockets=1,cores=2,threads=2", 4, "sockets=1,cores=2,threads=2"],
  ["cores=4", 4, "cores=4"],
  ["cpus=2,maxcpus=4", 2, "cpus=2,maxcpus=4"],
  ["maxcpus=4", 4, "maxcpus=4"],
  [
    "cpus=2,maxcpus=4,sockets=1,cores=2,threads=2",
    2,
    "cpus=2,maxcpus=4,sockets=1,cores=2,threads=2",
  ],
  ["08", 8, "cpus=8"],
])("%s", (text, cpus, qemu) => {
  expect(parseSmp(text, "--smp")).toEqual({ cpus, text: qemu });
});

test.each([
  ["0", '--smp "0" leaves no CPU; write 1 or more'],
  ["cpus=0", '--smp "cpus=0" leaves no CPU; write 1 or more'],
  ["cpus=2,cores=0", '--smp "cpus=2,cores=0" has no cores; write 1 or more'],
  ["289", '--smp "289" is more than the 288 CPUs that a machine can have; write 288 or less'],
  [
    "cores=40,threads=8",
    '--smp "cores=40,threads=8" is more than the 288 CPUs that a machine can have; write 288 or less',
  ],
  [
    "1000000000000",
    '--smp "1000000000000" is more than the 288 CPUs that a machine can have; write 288 or less',
  ],
  ["", '--smp "" is not a number of CPUs; write 2, say'],
  ["-1", '--smp "-1" is not a number of CPUs; write 2, say'],
  ["two", '--smp "two" is not a number of CPUs; write 2, say'],
  ["1.5", '--smp "1.5" is not a number of CPUs; write 2, say'],
  ["cpus=", '--smp "cpus=" is not a number of CPUs; write 2, say'],
  ["cpus=2,cpus=3", '--smp "cpus=2,cpus=3" says cpus twice; say it once'],
  ["cpus=2,core=2", '--smp "cpus=2,core=2" has the unknown part "core=2"; did you mean cores?'],
  [
    "cpus=2,wheels=4",
    '--smp "cpus=2,wheels=4" has the unknown part "wheels=4"; write a number of CPUs',
  ],
  ["2,2", '--smp "2,2" has the unknown part "2"; write a number of CPUs'],
  [
    "cpus=4,maxcpus=2",
    '--smp "cpus=4,maxcpus=2" has more cpus than maxcpus; write maxcpus=4 or more',
  ],
  [
    "cpus=3,cores=2",
    '--smp "cpus=3,cores=2" does not add up to 3 CPUs; make the parts multiply to that',
  ],
  [
    "cpus=8,sockets=1,cores=2,threads=2",
    '--smp "cpus=8,sockets=1,cores=2,threads=2" does not add up to 8 CPUs; make the parts multiply to that',
  ],
])("%s is refused", (text, message) => {
  expect(() => parseSmp(text, "--smp")).toThrowError(
    expect.objectContaining({ code: "bad-value", message }),
  );
});
