import { expect, test } from "vitest";
import { parseSession, runSession } from "../harness/index.ts";

// Commands that start no machine: what a session says of them must hold.
const run = (text: string) => runSession(parseSession("a.session", text), { patience: 0.5 });

const good = `[before] script
| echo $# words; echo warning >&2; exit 3

[before] old

$ bash script a 'b c'
2 words
! warning
? 3

$ WORD=word; mkdir sub; cd sub
$ pwd; cat; git rev-parse --show-prefix; ln -s nowhere link
<project>/sub
sub/

$ rm ../old; printf %s "$WORD"; cat >made <<END
> $WORD
> END
word
\\ No newline at the end

[gone] old
[after] sub/link -> nowhere
[after] sub/made
| word
`;

test("a session that is as it says passes", () => run(good));

const differs = (from: string, to: string, ...diff: string[]) => {
  const text = good.replace(from, to);
  expect(text).not.toBe(good);
  const lines = run(text).catch(({ message }: Error) => message.split("\n"));
  const changes = lines.then((all) => all?.filter((line) => /^[-+]/.test(line)));
  return expect(changes).resolves.toEqual(diff);
};

test("another exit status fails it", () => differs("? 3", "? 4", "- ? 4", "+ ? 3"));
test("an exit status that is not said fails it", () => differs("? 3\n", "", "+ ? 3"));
test("a line too many fails it", () => differs("2 words\n", "", "+ 2 words"));
test("a line that is missing fails it", () => differs("sub/\n", "sub/\nmore\n", "- more"));
test("stderr for stdout fails it", () =>
  differs("! warning", "warning", "- warning", "+ ! warning"));
test("the end of a line fails it", () =>
  differs("\\ No newline at the end\n", "", "+ \\ No newline at the end"));
test("a file that is missing fails it", () =>
  differs("[gone] old", "[gone] old\n[after] other", "- [after] other"));
test("a file that is still there fails it", () => differs("rm ../old; ", "", "+ [after] old"));
test("other contents fail it", () => differs("| word", "| words", "- | words", "+ | word"));
test("a file that nobody speaks of fails it", () =>
  differs("[after] sub/made\n| word\n", "", "+ [after] sub/made", "+ | word"));
test("another end of a link fails it", () =>
  differs(
    "-> nowhere",
    "-> somewhere",
    "- [after] sub/link -> somewhere",
    "+ [after] sub/link -> nowhere",
  ));

test("a command that ends the shell fails it", () =>
  expect(run("$ exit 3\n? 3\n$ echo never\nnever\n")).rejects.toThrow(
    "\n- ? 3\n+ (the shell had ended)\n  $ echo never\n- never\n+ (the shell had ended)",
  ));

test("a process that is left running fails it", () =>
  expect(run("$ sleep 1000 & until grep -q ^sleep /proc/$!/cmdline; do :; done\n")).rejects.toThrow(
    /^still running .*\n[0-9]+: sleep 1000$/,
  ));

test("a temporary file that is left fails it", () =>
  expect(run('$ echo >"$TMPDIR/left"\n')).rejects.toThrow("left in TMPDIR:\nleft"));
