import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

const command = (...argv: string[]) => parseArguments(argv).command;

test.each([
  [["exec", "true"], ["true"]],
  [["exec", "--", "true"], ["true"]],
  [
    ["exec", "--", "--", "true"],
    ["--", "true"],
  ],
  [
    ["exec", "--kernel", "x", "--help"],
    ["--kernel", "x", "--help"],
  ],
  [["exec", "-h"], ["-h"]],
  [["exec", ""], [""]],
  [
    ["exec", "exec", "exec"],
    ["exec", "exec"],
  ],
  [
    ["exec", "sh", "-c", "echo 'a  b' \n\u0001", ""],
    ["sh", "-c", "echo 'a  b' \n\u0001", ""],
  ],
  [
    ["exec", "6.10", "1e3", "0x10"],
    ["6.10", "1e3", "0x10"],
  ],
  [["--smp", "2", "--", "exec", "true"], ["true"]],
])("%j runs %j", (argv, words) => {
  expect(command(...argv)).toEqual({ kind: "exec", argv: words });
});

test("options keep their text and order", () => {
  const { options } = parseArguments([
    "--kernel",
    "6.10",
    "-smp=2",
    "--share",
    "a",
    "--share=b:ro",
    "-sudo",
    "exec",
    "--verbose",
  ]);
  expect(options).toEqual([
    { name: "kernel", spelling: "--kernel", text: "6.10" },
    { name: "smp", spelling: "-smp", text: "2" },
    { name: "share", spelling: "--share", text: "a" },
    { name: "share", spelling: "--share", text: "b:ro" },
    { name: "sudo", spelling: "-sudo", text: "true" },
  ]);
});

test.each([
  [["--", "go", "test", "./..."]],
  [["-smp", "2", "--", "go1.21rc2", "test", "-run", "X"]],
  [["--", "/usr/local/go/bin/go", "test"]],
  [["go", "test", "--help"]],
])("%j is for go", (argv) => {
  const from = argv.findIndex((word) => word.includes("go"));
  expect(command(...argv)).toEqual({ kind: "go", argv: argv.slice(from) });
});

test.each([
  [["doctor"], { kind: "doctor" }],
  [["cache"], { kind: "cache" }],
  [["cache", "prune"], { kind: "cache-prune", olderThanMs: undefined, maxBytes: undefined }],
  [
    ["cache", "prune", "--older-than", "14d", "--max-size=10G"],
    { kind: "cache-prune", olderThanMs: 1_209_600_000, maxBytes: 10_737_418_240 },
  ],
  [["flush-cache"], { kind: "flush-cache" }],
  [["pull", "ghcr.io/x/y:z"], { kind: "pull", image: "ghcr.io/x/y:z" }],
  [["pull", "--arch", "arm64", "--", "-odd"], { kind: "pull", image: "-odd" }],
  [["images"], { kind: "images" }],
  [["config"], { kind: "config" }],
  [["wrap"], { kind: "wrap" }],
  [["help"], { kind: "help", topic: undefined }],
  [["help", "exec"], { kind: "help", topic: "exec" }],
  [["--help"], { kind: "help", topic: undefined }],
  [["-h", "--nonsense"], { kind: "help", topic: undefined }],
  [["-help", "exec", "true"], { kind: "help", topic: undefined }],
  [["doctor", "--help"], { kind: "help", topic: "doctor" }],
  [["version"], { kind: "version" }],
  [["--version"], { kind: "version" }],
  [["--help=false", "images"], { kind: "images" }],
])("%j", (argv, expected) => {
  expect(command(...argv)).toEqual(expected);
});

test("options may follow every command but exec and go", () => {
  const { options, command: found } = parseArguments(["doctor", "--kernel", "host"]);
  expect(found).toEqual({ kind: "doctor" });
  expect(options).toEqual([{ name: "kernel", spelling: "--kernel", text: "host" }]);
});

test.each([
  [[], "no-command", "no command given; write: vimto exec COMMAND, or see: vimto --help"],
  [
    ["--smp", "2"],
    "no-command",
    "no command given; write: vimto exec COMMAND, or see: vimto --help",
  ],
  [
    ["--"],
    "no-command",
    "no command follows --; write: vimto -- go test ./..., or: vimto exec -- COMMAND",
  ],
  [["exec"], "missing-argument", "exec needs a command, as in: vimto exec uname -r"],
  [["exec", "--"], "missing-argument", "exec needs a command, as in: vimto exec uname -r"],
  [
    ["pull"],
    "missing-argument",
    "pull needs an image, as in: vimto pull ghcr.io/cilium/ci-kernels:stable",
  ],
  [["exce", "true"], "unknown-command", 'unknown command "exce"; did you mean "exec"?'],
  [["docter"], "unknown-command", 'unknown command "docter"; did you mean "doctor"?'],
  [
    ["uname", "-r", "a b"],
    "unknown-command",
    "unknown command \"uname\"; to run it in a machine write: vimto exec -- uname -r 'a b'",
  ],
  [["-"], "unknown-command", 'unknown command "-"; to run it in a machine write: vimto exec -- -'],
  [
    ["--", "make", "check"],
    "unknown-command",
    '"make" after -- is no go command; to run it in a machine write: vimto exec -- make check',
  ],
  [
    ["doctor", "now"],
    "unexpected-argument",
    'doctor takes no arguments, but was also given "now"; see: vimto help doctor',
  ],
  [
    ["pull", "a", "b"],
    "unexpected-argument",
    'pull takes one argument, but was also given "b"; see: vimto help pull',
  ],
  [
    ["cache", "purge"],
    "unexpected-argument",
    'cache knows nothing of "purge"; write: vimto cache, or: vimto cache prune',
  ],
  [
    ["cache", "--older-than", "1d"],
    "conflict",
    "option --older-than belongs to prune; write: vimto cache prune --older-than 1d",
  ],
  [
    ["cache", "prune", "--older-than", "soon"],
    "bad-value",
    '--older-than "soon" is no time; write for example 30s, 1m30s or 2h',
  ],
  [
    ["cache", "prune", "--max-size", "big"],
    "bad-value",
    '--max-size "big" is not a size; write for example 10G',
  ],
  [
    ["help", "exce"],
    "unknown-command",
    'there is no command "exce" to explain; did you mean "exec"?',
  ],
  [
    ["help", "uname"],
    "unknown-command",
    'there is no command "uname" to explain; vimto --help lists the commands',
  ],
  [["--kernal", "x", "exec"], "unknown-option", "unknown option --kernal; did you mean --kernel?"],
  [["doctor", "--kernal=x"], "unknown-option", "unknown option --kernal; did you mean --kernel?"],
])("%j is refused", (argv, code, message) => {
  expect(() => parseArguments(argv)).toThrowError(expect.objectContaining({ code, message }));
});
