import { expect, test } from "vitest";
import { parseSession } from "../harness/session/index.ts";

const session = `# What it is about.

[before] dir/old
| one
|
|  two

[before] empty
[before] gone

$ cat dir/old
one
\\

# A remark.
$ sh -c '
> exit 3'
out
\\$ out
\\\\ out
! err
!
? 3
$ true

[gone] gone
[after] new
| made
[after] link -> new
`;

test("a session is files before, commands with what appears, and files afterwards", () => {
  expect(parseSession("a.session", session)).toEqual({
    path: "a.session",
    kernels: "all",
    before: new Map([
      ["dir/old", "one\n\n two\n"],
      ["empty", ""],
      ["gone", ""],
    ]),
    steps: [
      { command: "cat dir/old", lines: ["$ cat dir/old", "one", "\\"] },
      {
        command: "sh -c '\nexit 3'",
        lines: ["$ sh -c '", "> exit 3'", "out", "\\$ out", "\\\\ out", "! err", "!", "? 3"],
      },
      { command: "true", lines: ["$ true"] },
    ],
    after: new Map([
      ["dir/old", ["| one", "|", "|  two"]],
      ["empty", []],
      ["new", ["| made"]],
      ["link -> new", []],
    ]),
  });
});

test("a session may need one kernel alone", () => {
  expect(parseSession("a", "[on] one kernel\n$ true\n").kernels).toBe("one");
});

test.each([
  ["", "1: the session has no command"],
  ["# only a remark\n", "1: the session has no command"],
  ["out\n", "1: nothing can appear before the first command"],
  ["? 1\n", "1: nothing can appear before the first command"],
  ["> more\n", "1: > goes on with a command, and stands right below one"],
  ["| text\n", "1: | is a line of a file, and stands below [before] or [after]"],
  ["[before] a\n\n| text\n", "3: | is a line of a file, and stands below [before] or [after]"],
  ["[before]\n", '1: "" is not the path of a file in the project'],
  ["[before] /etc/passwd\n", '1: "/etc/passwd" is not the path of a file in the project'],
  ["[before] a/../../b\n", '1: "a/../../b" is not the path of a file in the project'],
  ["[before] .git/HEAD\n", '1: ".git/HEAD" is not the path of a file in the project'],
  ["[before] a\n[before] a\n", "2: a is named twice"],
  ["$ true\n[before] a\n", "2: [before] belongs above the first command"],
  ["[after] a\n$ true\n", "1: [after] belongs below the last command"],
  ["$ true\n[after] a\n$ true\n", "3: a command belongs above [after] and [gone]"],
  ["$ true\n[gone] a\n", "2: a was not there before"],
  ["[before] a\n$ true\n[gone] a\n[after] a\n", "4: a is named twice"],
  ["[before] a\n$ true\n[after] a\n[gone] a\n", "4: a is named twice"],
  ["[on] two kernels\n", "1: [on] is written: [on] one kernel"],
  ["$ true\n[on] one kernel\n", "2: [on] belongs above the first command"],
  ["$\n", "1: no command follows $"],
  ["$true\n", "1: a blank belongs behind $"],
  ["$ true\n!err\n", "2: a blank belongs behind !"],
  ["$ true\n? 0\n", '2: "0" is not an exit status from 1 to 255; 0 is not written'],
  ["$ true\n? 256\n", '2: "256" is not an exit status from 1 to 255; 0 is not written'],
  ["$ true\n? one\n", '2: "one" is not an exit status from 1 to 255; 0 is not written'],
  ["$ true\n? 1\n? 1\n", "3: the exit status was said already"],
  ["$ true\n! err\nout\n", "3: stdout belongs above stderr"],
  ["$ true\n? 1\n! err\n", "3: stderr belongs above status"],
  ["$ true\nout\n> more\n", "3: > goes on with a command, and stands right below one"],
  [
    "$ true\none\n\ntwo\n",
    '4: what appears stands right below its command; write "\\" for an empty line',
  ],
  [
    "$ true\n# remark\nout\n",
    '3: what appears stands right below its command; write "\\" for an empty line',
  ],
  ["$ true\n\\out\n", "2: no backslash is needed in front of this line"],
  ["$ true\n \n", "2: a line of blanks is written with a backslash in front"],
])("%j is refused, with its line", (text, message) => {
  expect(() => parseSession("dir/a.session", text)).toThrow(
    expect.objectContaining({ message: `dir/a.session:${message}` }),
  );
});
