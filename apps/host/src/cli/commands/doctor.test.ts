import type { AcceleratorFacts } from "@vimto/qemu";
import { expect, test } from "vitest";
import { Failure } from "../../failure.ts";
import { accelerationChecks, spaceCheck, virtiofsdCheck } from "./doctor.ts";

const facts: AcceleratorFacts = {
  hostArchitecture: "x86_64",
  kvm: { state: "usable" },
  extension: "vmx",
  disableKvm: undefined,
};

test("KVM that is used", () => {
  expect(accelerationChecks("auto", "x86_64", facts)).toEqual([
    { name: "KVM", state: "ok", what: "/dev/kvm is usable" },
  ]);
});

test("KVM that is not used says why, and the way to mend it", () => {
  const check = (more: Partial<AcceleratorFacts>, accel: "auto" | "tcg" = "auto") =>
    accelerationChecks(accel, "x86_64", { ...facts, ...more });
  const slow = (why: string) => [
    { name: "KVM", state: "slow", what: `not used, guests are emulated: ${why}` },
  ];
  expect(check({ kvm: { state: "denied", group: "kvm" } })).toEqual(
    slow(
      'this user may not open /dev/kvm; join its group with "sudo usermod -aG kvm $USER" and log in again',
    ),
  );
  expect(check({ extension: undefined })).toEqual(slow("the processor shows neither vmx nor svm"));
  expect(check({ disableKvm: "true" })).toEqual(slow("VIMTO_DISABLE_KVM=true"));
  expect(check({}, "tcg")).toEqual(slow("emulation was asked for"));
});

test("KVM that was asked for and is not usable is a lack", () => {
  const missing = { ...facts, kvm: { state: "missing" } } as const;
  expect(accelerationChecks("kvm", "x86_64", missing)).toEqual([
    {
      name: "KVM",
      state: "lacks",
      what: 'KVM cannot be used: there is no /dev/kvm although the processor has vmx; load its driver with "sudo modprobe kvm_intel", or use --accel tcg',
    },
  ]);
});

test("virtiofsd, where it is used and where it is not", () => {
  const virtiofsd = {
    path: "/v",
    program: "rust",
    version: "1.13.2",
    asRoot: true,
    fileHandles: undefined,
    openFiles: undefined,
    mayMount: true,
  } as const;
  const what = "no virtiofsd was found; install it";
  const gone = new Failure("file-server", what);
  const name = "virtiofsd";
  for (const use of ["needed", "used"] as const)
    expect(virtiofsdCheck(virtiofsd, use)).toEqual({ name, state: "ok", what: "1.13.2 (/v)" });
  expect(virtiofsdCheck(virtiofsd, "unused")).toEqual({
    name,
    state: "ok",
    what: "1.13.2 (/v); not used: see --fs",
  });
  expect(virtiofsdCheck(gone, "needed")).toEqual({ name, state: "lacks", what });
  expect(virtiofsdCheck(gone, "unused")).toEqual({
    name,
    state: "absent",
    what: `files are shared over 9p: ${what}`,
  });
});

test.each([
  [2 ** 30, "ok", "1G beside the cache"],
  [
    2 ** 28,
    "slow",
    "256M beside the cache, of 1G; make room there, or set XDG_CACHE_HOME to another file system",
  ],
  [
    2 ** 24,
    "lacks",
    "16M beside the cache, of 1G; make room there, or set XDG_CACHE_HOME to another file system",
  ],
])("%d bytes of room", (free, state, what) => {
  expect(spaceCheck(free)).toEqual({ name: "free space", state, what });
});
