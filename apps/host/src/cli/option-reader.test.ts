import { expect, test } from "vitest";
import { readOption } from "./option-reader.ts";

test.each([
  ["--kernel", "6.10", { name: "kernel", spelling: "--kernel", text: "6.10" }, true],
  ["--kernel=6.10", "exec", { name: "kernel", spelling: "--kernel", text: "6.10" }, false],
  ["-kernel", "6.10", { name: "kernel", spelling: "-kernel", text: "6.10" }, true],
  ["-smp=2", undefined, { name: "smp", spelling: "-smp", text: "2" }, false],
  ["--smp=cpus=2", undefined, { name: "smp", spelling: "--smp", text: "cpus=2" }, false],
  ["--append", "-x", { name: "append", spelling: "--append", text: "-x" }, true],
  ["--append=--help", undefined, { name: "append", spelling: "--append", text: "--help" }, false],
  ["--smp", "-1", { name: "smp", spelling: "--smp", text: "-1" }, true],
  ["--share", "a\nb", { name: "share", spelling: "--share", text: "a\nb" }, true],
  ["-sudo", "true", { name: "sudo", spelling: "-sudo", text: "true" }, false],
  ["-sudo=false", undefined, { name: "sudo", spelling: "-sudo", text: "false" }, false],
  ["--sudo=T", undefined, { name: "sudo", spelling: "--sudo", text: "true" }, false],
  ["--sudo=0", undefined, { name: "sudo", spelling: "--sudo", text: "false" }, false],
  ["--gdb", "1", { name: "gdb", spelling: "--gdb", text: "true" }, false],
  ["-gdb=99", undefined, { name: "gdb", spelling: "-gdb", text: "99" }, false],
  ["-h", undefined, { name: "help", spelling: "-h", text: "true" }, false],
  ["-help", undefined, { name: "help", spelling: "-help", text: "true" }, false],
  ["--help", undefined, { name: "help", spelling: "--help", text: "true" }, false],
] as const)("%s before %j", (word, following, option, usedFollowing) => {
  expect(readOption(word, following, "")).toEqual({ option, usedFollowing });
});

test.each([
  ["--kernal", "x", "unknown option --kernal; did you mean --kernel?"],
  ["--kernal=x", undefined, "unknown option --kernal; did you mean --kernel?"],
  ["-kernal", "x", "unknown option -kernal; did you mean --kernel?"],
  ["-v", undefined, "unknown option -v; did you mean --verbose?"],
  ["-run", "X", "unknown option -run; vimto --help lists the options"],
  ["---smp", "2", "unknown option ---smp; did you mean --smp?"],
  ["--=x", undefined, "unknown option --; vimto --help lists the options"],
  ["-\n", undefined, 'unknown option "-\\n"; vimto --help lists the options'],
  ["--a b", undefined, 'unknown option "--a b"; vimto --help lists the options'],
  [
    "--older-than",
    "1d",
    "option --older-than belongs to: vimto cache prune; see: vimto help cache",
  ],
])("%j %j is refused", (word, following, sentence) => {
  expect(() => readOption(word, following, "")).toThrowError(
    expect.objectContaining({ code: "unknown-option", message: sentence }),
  );
});

test.each([
  ["--kernel", undefined, "option --kernel has no value; write for example: --kernel ./vmlinuz"],
  ["-smp", undefined, "option -smp has no value; write for example: -smp 2"],
  ["--kernel", "--memory", "option --kernel has no value; write for example: --kernel ./vmlinuz"],
  ["--kernel", "-smp=2", "option --kernel has no value; write for example: --kernel ./vmlinuz"],
  ["--memory", "exec", "option --memory has no value; write for example: --memory 512M"],
  ["--kernel", "--", "option --kernel has no value; write for example: --kernel ./vmlinuz"],
  ["--kernel", "", "option --kernel has an empty value; write for example: --kernel ./vmlinuz"],
  ["--memory=", "1G", "option --memory has an empty value; write for example: --memory 512M"],
  ["--sudo=", undefined, "option --sudo has an empty value; write for example: --sudo=true"],
  ["--gdb=", undefined, "option --gdb has an empty value; write for example: --gdb=1234"],
])("%j %j has no value", (word, following, sentence) => {
  expect(() => readOption(word, following, "")).toThrowError(
    expect.objectContaining({ code: "missing-value", message: sentence }),
  );
});

test("a switch is on or off", () => {
  expect(() => readOption("--sudo=maybe", undefined, "")).toThrowError(
    expect.objectContaining({
      code: "bad-value",
      message: '--sudo "maybe" is neither true nor false',
    }),
  );
});

test("prune's options belong to cache", () => {
  expect(readOption("--max-size", "10G", "cache").option.text).toBe("10G");
});
