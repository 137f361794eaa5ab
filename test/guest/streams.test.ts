import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  executable,
  project,
  type RunOptions,
  sharedCache,
  vmTest,
  vmTestOn,
} from "../harness/index.ts";

/** Runs vimto by a line of shell, in which "$@" is vimto and its arguments. */
const shell = (line: string): Pick<RunOptions, "under"> => ({
  under: ["bash", "-c", line, "bash"],
});
const allBytes = Uint8Array.from({ length: 256 }, (_, value) => value);
/** Asks for stdin and for stdout before, while and after it reads. */
const busyCat = 'echo before; while IFS= read -r line; do echo "$line"; done; echo after';

vmTest("stdout and stderr are apart, each in order", {
  guest: "for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done",
  stdout: "out 1\nout 2\nout 3\nout 4\nout 5\n",
  stderr: "err 1\nerr 2\nerr 3\nerr 4\nerr 5\n",
});

vmTestOn("one", "a last line without its end is kept, and nothing is added", {
  guest: "printf 'no newline'; printf 'nor here' >&2",
  stdout: "no newline",
  stderr: "nor here",
});

vmTest("every byte passes unharmed, both ways", {
  guest: ["cat"],
  input: allBytes,
  stdout: allBytes,
});

vmTestOn("one", "every byte passes unharmed on stderr", {
  guest: ["sh", "-c", "cat >&2"],
  input: allBytes.subarray(0, 128),
  stderr: new TextDecoder().decode(allBytes.subarray(0, 128)),
});

vmTest("stdin is a pipe", {
  guest: busyCat,
  input: "one\ntwo\n",
  stdout: "before\none\ntwo\nafter\n",
});

vmTest("stdin is a pipe that has ended", {
  ...shell('true | "$@"'),
  guest: busyCat,
  stdout: "before\nafter\n",
});

vmTest("stdin is /dev/null", { guest: busyCat, stdout: "before\nafter\n" });

vmTest("stdin is closed", {
  ...shell('"$@" <&-'),
  guest: busyCat,
  stdout: "before\nafter\n",
});

vmTestOn("one", "the guest writes although nobody ever writes to its stdin", {
  stdin: "pipe",
  guest: "echo one; sleep 1; echo two",
  stdout: "one\ntwo\n",
});

vmTest("the guest answers each line while its stdin stays open", {
  guest: 'while read -r line; do echo "got $line"; done',
  stdin: "pipe",
  host: async ({ process, stdout }) => {
    const stdin = process.stdin;
    if (typeof stdin !== "object") throw new Error("stdin is no pipe");
    for (const word of ["one", "two", "three"]) {
      await stdin.write(`${word}\n`);
      await stdin.flush();
      await stdout.find(new RegExp(`got ${word}\n`));
    }
    await stdin.end();
  },
  stdout: "got one\ngot two\ngot three\n",
});

vmTest("a command that does not read its stdin ends", {
  guest: ["echo", "done"],
  ...shell('yes | "$@"'),
  stdout: "done\n",
});

vmTestOn("one", "a closed stdout does not stop the command", {
  guest: "echo lost; echo kept >&2",
  ...shell('"$@" >&-'),
  stderr: /kept\n$/,
});

vmTestOn("one", "stdout and stderr may be the same file", () => {
  const cwd = project();
  return {
    cwd,
    guest: "echo out; echo err >&2; echo out again",
    ...shell('"$@" >both 2>&1; sort both'),
    stdout: "err\nout\nout again\n",
  };
});

vmTest("a file of the host is read and one is written by redirections in the guest", () => {
  const cwd = project();
  writeFileSync(join(cwd, "in"), allBytes);
  return { cwd, guest: "cat <in >out; cmp in out && cat out", stdout: allBytes };
});

vmTest("another user may open /dev/stdout and /dev/stderr", {
  flags: ["--user", "12345:99"],
  guest: "echo out >/dev/stdout; echo err >/dev/stderr",
  stdout: "out\n",
  stderr: "err\n",
});

test("a process that the command left behind does not keep a run whose reader is slow", async () => {
  const guest = "yes & sleep 0.3";
  const reader = 'while [ -n "$(head -c 65536)" ]; do sleep 0.05; done; echo ended';
  const run = `"$0" --kernel "$1" exec -- sh -c '${guest}' | { ${reader}; }`;
  const child = Bun.spawn(["bash", "-c", run, executable, anyKernel()], {
    env: { ...process.env, XDG_CACHE_HOME: sharedCache },
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(await new Response(child.stdout).text()).toBe("ended\n");
});

for (const [what, closed, guest, said, stdout] of [
  ["stdout", ">&-", "printf x", "printf: write error: Bad file descriptor\n", ""],
  [
    "stdin",
    "<&-",
    "cat",
    "cat: -: Bad file descriptor\ncat: closing standard input: Bad file descriptor\n",
    "",
  ],
] as const)
  vmTestOn("one", `${what} that is closed on the host is closed for the command`, {
    under: ["sh", "-c", `exec "$@" ${closed}`, "sh"],
    guest: ["env", ...guest.split(" ")],
    stdout,
    stderr: said,
    status: 1,
  });

vmTestOn("one", "stderr that is closed on the host is closed for the command, and stdout goes on", {
  under: ["sh", "-c", 'exec "$@" 2>&-', "sh"],
  guest: "echo out; echo err >&2 || echo no stderr",
  stdout: "out\nno stderr\n",
});
