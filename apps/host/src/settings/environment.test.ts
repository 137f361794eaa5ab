import { expect, test } from "vitest";
import { readEnvironment, variables } from "./environment.ts";

const texts = (environment: Record<string, string>) =>
  Object.fromEntries(
    [...readEnvironment(environment).layer].map(([key, entries]) => [
      key,
      entries.map(({ text, origin }) => [text, origin.from === "environment" && origin.variable]),
    ]),
  );

test("each variable sets its setting, an empty one nothing", () => {
  expect(
    texts({ VIMTO_KERNEL: "6.10", VIMTO_MEMORY: "1G", VIMTO_SMP: "", VIMTO_SUDO: "1", HOME: "/" }),
  ).toEqual({
    kernel: [["6.10", "VIMTO_KERNEL"]],
    memory: [["1G", "VIMTO_MEMORY"]],
    sudo: [["1", "VIMTO_SUDO"]],
  });
});

test("shares, one a line", () => {
  expect(texts({ VIMTO_SHARE: "a:ro\n\nb c:d\n" })).toEqual({
    share: [
      ["a:ro", "VIMTO_SHARE"],
      ["b c:d", "VIMTO_SHARE"],
    ],
  });
});

test("VIMTO_DISABLE_KVM is stronger than VIMTO_ACCEL", () => {
  const accel = (text: string) => texts({ VIMTO_ACCEL: "kvm", VIMTO_DISABLE_KVM: text });
  expect(accel("true")).toEqual({ accel: [["tcg", "VIMTO_DISABLE_KVM"]] });
  expect(accel("1")).toEqual({ accel: [["tcg", "VIMTO_DISABLE_KVM"]] });
  expect(accel("false")).toEqual({ accel: [["kvm", "VIMTO_ACCEL"]] });
  expect(accel("")).toEqual({ accel: [["kvm", "VIMTO_ACCEL"]] });
  expect(() => accel("maybe")).toThrowError(
    expect.objectContaining({
      code: "bad-value",
      message: 'VIMTO_DISABLE_KVM "maybe" is neither true nor false',
    }),
  );
});

test("a likely slip gets a word, the variables of others none", () => {
  const { warnings, layer } = readEnvironment({
    VIMTO_KERNAL: "x",
    VIMTO_DISABLE_KMV: "true",
    VIMTO_RELEASE_TOKEN: "x",
    VIMTO_TEST: "x",
    VIMTO_: "x",
    VIMTO: "x",
    VIMTOKERNEL: "x",
  });
  expect(warnings).toEqual([
    'vimto does not read "VIMTO_KERNAL" from the environment; did you mean VIMTO_KERNEL?',
    'vimto does not read "VIMTO_DISABLE_KMV" from the environment; did you mean VIMTO_DISABLE_KVM?',
  ]);
  expect([...layer]).toEqual([]);
});

test("all variables", () => {
  expect(variables).toEqual([
    "VIMTO_KERNEL",
    "VIMTO_MEMORY",
    "VIMTO_SMP",
    "VIMTO_ARCH",
    "VIMTO_ACCEL",
    "VIMTO_FS",
    "VIMTO_NET",
    "VIMTO_PUBLISH",
    "VIMTO_APPEND",
    "VIMTO_SHARE",
    "VIMTO_TTY",
    "VIMTO_USER",
    "VIMTO_SUDO",
    "VIMTO_SHELL_ON_FAILURE",
    "VIMTO_TIMEOUT",
    "VIMTO_START",
    "VIMTO_PULL",
    "VIMTO_DEBIAN_MIRROR",
    "VIMTO_UBUNTU_MIRROR",
    "VIMTO_REQUIRE_SIGNATURE",
    "VIMTO_VERBOSE",
    "VIMTO_QUIET",
    "VIMTO_JOBS",
    "VIMTO_SHARD",
    "VIMTO_TIMINGS",
    "VIMTO_FAIL_FAST",
    "VIMTO_RETRY_BOOT",
    "VIMTO_OUTPUT",
    "VIMTO_CONFIG",
    "VIMTO_DISABLE_KVM",
  ]);
});
