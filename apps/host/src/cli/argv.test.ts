import { expect, test } from "vitest";
import { cutCommandLine } from "./argv.ts";
import { commands } from "./commands/commands.ts";
import { runCommandLine } from "./program.ts";

const names = commands.filter(({ help }) => help !== "").map(({ name }) => name);
const cut = (argv: readonly string[]) => cutCommandLine(argv, names);
const command = (...argv: string[]) => {
  const { name, words } = cut(argv);
  return { name, words };
};

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
  expect(command(...argv)).toEqual({ name: "exec", words });
});

test("options keep their text and order", () => {
  const { options } = cut([
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
  expect(command(...argv)).toEqual({ name: "go", words: argv.slice(from) });
});

test.each([
  [["doctor"], "doctor", []],
  [["cache"], "cache", []],
  [["cache", "prune"], "cache", ["prune"]],
  [["cache", "prune", "--older-than", "14d", "--max-size=10G"], "cache", ["prune"]],
  [["flush-cache"], "flush-cache", []],
  [["pull", "ghcr.io/x/y:z"], "pull", ["ghcr.io/x/y:z"]],
  [["pull", "--arch", "arm64", "--", "-odd"], "pull", ["-odd"]],
  [["images"], "images", []],
  [["config"], "config", []],
  [["wrap"], "wrap", []],
  [["help"], "help", []],
  [["help", "exec"], "help", ["exec"]],
  [["--help"], "help", []],
  [["-h", "--nonsense"], "help", []],
  [["-help", "exec", "true"], "help", []],
  [["doctor", "--help"], "help", ["doctor"]],
  [["version"], "version", []],
  [["--version"], "version", []],
  [["--help=false", "images"], "images", []],
])("%j", (argv, name, words) => {
  expect(command(...argv)).toEqual({ name, words });
});

test("options may follow every command but exec and go", () => {
  const { options, name } = cut(["doctor", "--kernel", "host"]);
  expect(name).toBe("doctor");
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
  [
    ["make", "check"],
    "unknown-command",
    'unknown command "make"; to run it in a machine write: vimto exec -- make check',
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
    ["report"],
    "missing-argument",
    "report merge needs files, as in: vimto report merge shard-*.json --report junit=all.xml",
  ],
  [
    ["report", "join", "a.json"],
    "unexpected-argument",
    'report knows nothing of "join"; write: vimto report merge FILES...',
  ],
  [
    ["report", "merge", "a.json", "--report", "html"],
    "bad-value",
    '--report "html" names no file; write for example html=report.html',
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
    'there is no command or page "exce" to explain; did you mean "exec"?',
  ],
  [
    ["help", "uname"],
    "unknown-command",
    'there is no command or page "uname" to explain; vimto --help lists the commands, vimto help pages the pages',
  ],
  [["--kernal", "x", "exec"], "unknown-option", "unknown option --kernal; did you mean --kernel?"],
  [["doctor", "--kernal=x"], "unknown-option", "unknown option --kernal; did you mean --kernel?"],
])("%j is refused", async (argv, code, message) => {
  const context = () => Promise.reject(new Error("the settings were asked for"));
  await expect(runCommandLine(argv, context)).rejects.toMatchObject({ code, message });
});

test("values come through cac as they are typed", async () => {
  const typed = ["6.10", "1e3", "=x", "==", "true", "false", "-x", "--", "no-x", "a=b", "é \n"];
  const argv = typed.flatMap((text) => [`--append=${text}`]);
  let seen: readonly string[] = [];
  const stop = new Error("seen");
  const context = (options: readonly { readonly text: string }[]) => {
    seen = options.map(({ text }) => text);
    return Promise.reject(stop);
  };
  await expect(runCommandLine([...argv, "-gdb=99", "-sudo", "exec", "1.0"], context)).rejects.toBe(
    stop,
  );
  expect(seen).toEqual([...typed, "99", "true"]);
});
