import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withTag } from "../kernels/retag.ts";
import { settingsOf } from "../settings/testing/fixture.ts";
import { wrapPrefix } from "./commands/wrap.ts";
import { goJoin, isGoBinary, planGo } from "./go-command.ts";

const cwd = realpathSync(mkdtempSync(join(tmpdir(), "go-command-")));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
mkdirSync(join(cwd, "data dir"));
mkdirSync(join(cwd, "odd:ro"));
writeFileSync(join(cwd, "vmlinuz"), "");

const vimto = "/usr/bin/vimto";
const plan = (argv: string[], given: Parameters<typeof settingsOf>[0] = {}) =>
  planGo(argv, vimto, settingsOf({ cwd, ...given }));

test.each(["go", "go1.21rc2", "go1.24", "gotip", "go-1.22", "/usr/local/go/bin/go", "./go1.25.1"])(
  "%s is a go command",
  (word) => {
    expect(isGoBinary(word)).toBe(true);
  },
);

test.each(["gofmt", "golang", "gopls", "gorun", "cargo", "go/", "go ", "./go/x", "Go", ""])(
  "%j is no go command",
  (word) => {
    expect(isGoBinary(word)).toBe(false);
  },
);

test.each([
  [
    ["go", "test", "./..."],
    ["go", "test", "-exec", "@", "./..."],
  ],
  [
    ["go", "test"],
    ["go", "test", "-exec", "@"],
  ],
  [
    ["/x/go1.21rc2", "test", "-v", "."],
    ["/x/go1.21rc2", "test", "-exec", "@", "-v", "."],
  ],
  [
    ["go", "test", "-C", "dir", "-v"],
    ["go", "test", "-C", "dir", "-exec", "@", "-v"],
  ],
  [
    ["go", "test", "--C=dir", "-v"],
    ["go", "test", "--C=dir", "-exec", "@", "-v"],
  ],
  [
    ["go", "test", ".", "-args", "-exec", "x"],
    ["go", "test", "-exec", "@", ".", "-args", "-exec", "x"],
  ],
  [
    ["go", "test", "-executor", "x"],
    ["go", "test", "-exec", "@", "-executor", "x"],
  ],
])("%j", (argv, expected) => {
  const exec = "/usr/bin/vimto exec --";
  expect(plan(argv).argv).toEqual(expected.map((word) => (word === "@" ? exec : word)));
});

test("options go along, with their paths made absolute", () => {
  const given = {
    argv: ["-smp=2", "--kernel", "vmlinuz", "--share", "data dir", "--share=odd:ro:ro", "-sudo"],
    toml: "memory = '1G'",
  };
  expect(plan(["go", "test"], given)).toEqual({
    argv: [
      "go",
      "test",
      "-exec",
      `/usr/bin/vimto --config=/project/.vimto.toml --kernel=${cwd}/vmlinuz --smp=2 '--share=${cwd}/data dir:rw' --share=${cwd}/odd:ro:ro --sudo exec --`,
    ],
    environment: {},
  });
});

test.each([
  [["--kernel", "ghcr.io/x/y:z"], "--kernel=ghcr.io/x/y:z"],
  [["--kernel", "6.10"], "--kernel=6.10"],
  [["--kernel", "host:6.1.0-9-amd64"], "--kernel=host:6.1.0-9-amd64"],
  [["--kernel", "../gone/vmlinuz"], "--kernel=/gone/vmlinuz"],
  [["--kernel", "oci:layout:tag"], "--kernel=oci:/layout:tag"],
  [["--fresh"], "--fresh"],
  [["--fresh=false"], "--fresh=false"],
  [["--verbose=false"], "--verbose=false"],
  [["--timeout", "30s"], "--timeout=30s"],
  [["--pull", "never"], "--pull=never"],
  [["--pull", "always"], "--pull=missing"],
])("%j goes along as %s", (argv, expected) => {
  const { argv: go } = plan(["go", "test"], { argv, cwd: "/" });
  expect(go[3]).toBe(`/usr/bin/vimto ${expected} exec --`);
});

test("the settings file goes along when a package would not find it", () => {
  const root = join(cwd, "repository");
  mkdirSync(join(root, ".git"), { recursive: true });
  writeFileSync(join(root, ".git/HEAD"), "ref: refs/heads/main\n");
  const exec = (given: Parameters<typeof settingsOf>[0]) =>
    plan(["go", "test"], { cwd: root, toml: "", ...given }).argv[3];
  const atRoot = join(root, ".vimto.toml");
  const below = join(root, "a/.vimto.toml");
  expect(exec({ path: atRoot })).toBe("/usr/bin/vimto exec --");
  expect(exec({ path: atRoot, cwd: join(root, "a") })).toBe("/usr/bin/vimto exec --");
  expect(exec({ path: below, cwd: join(root, "a") })).toBe(
    `/usr/bin/vimto --config=${below} exec --`,
  );
  expect(exec({ path: atRoot, fileNamed: true })).toBe(`/usr/bin/vimto --config=${atRoot} exec --`);
  expect(plan(["go", "test"], { cwd: root, fileNamed: true }).argv[3]).toBe(
    "/usr/bin/vimto --config=none exec --",
  );
});

test("a tag goes along as the whole image", async () => {
  const toml = "kernel = 'ghcr.io/x/y:z'";
  const settings = await withTag(settingsOf({ cwd, toml, argv: ["-kernel", ":a"] }));
  expect(planGo(["go", "test"], vimto, settings).argv[3]).toBe(
    "/usr/bin/vimto --config=/project/.vimto.toml --kernel=ghcr.io/x/y:a exec --",
  );
});

test("variables are inherited; the paths among them are made absolute", () => {
  const environment = {
    VIMTO_KERNEL: "./vmlinuz",
    VIMTO_SHARE: "data dir\n/usr:ro",
    VIMTO_APPEND: "x",
    VIMTO_PULL: "always",
    VIMTO_SHARD: "1/2",
  };
  expect(plan(["go", "test"], { environment })).toEqual({
    argv: ["go", "test", "-exec", "/usr/bin/vimto --pull=missing exec --"],
    environment: {
      VIMTO_KERNEL: `${cwd}/vmlinuz`,
      VIMTO_SHARE: `${cwd}/data dir:rw\n/usr:ro`,
      // Another vimto has one kernel, and that is not to be dealt out.
      VIMTO_SHARD: "",
    },
  });
});

test("wrap carries the variables too", () => {
  const environment = { VIMTO_KERNEL: "./vmlinuz", VIMTO_APPEND: "a b" };
  expect(wrapPrefix(vimto, settingsOf({ cwd, environment, argv: ["--smp=2"] }))).toEqual([
    "/usr/bin/vimto",
    "--config=none",
    `--kernel=${cwd}/vmlinuz`,
    "--smp=2",
    "--append=a b",
    "exec",
    "--",
  ]);
});

test.each([
  [
    ["go", "build", "-o", "a b", "."],
    'vimto runs only "go test", not "go build -o a b ."; to run that in a machine write: vimto exec -- go build -o \'a b\' .',
  ],
  [["go"], 'vimto runs only "go test", not "go"; to run that in a machine write: vimto exec -- go'],
  [
    ["go", "test", "-exec", "sudo", "."],
    '"go test" was given "-exec", but vimto is its -exec already; remove it, or use "go test" without vimto',
  ],
  [
    ["go", "test", ".", "--exec=sudo -E"],
    '"go test" was given "--exec=sudo -E", but vimto is its -exec already; remove it, or use "go test" without vimto',
  ],
])("%j is refused", (argv, message) => {
  expect(() => plan(argv)).toThrowError(expect.objectContaining({ code: "go-command", message }));
});

test("gdb is refused", () => {
  expect(() => plan(["go", "test"], { argv: ["-gdb"] })).toThrowError(
    expect.objectContaining({
      code: "conflict",
      message:
        '--gdb needs a single machine, and "go test" starts one for each package; build with "go test -c" and write: vimto --gdb exec ./PACKAGE.test',
    }),
  );
});

test.each([
  [["a", "b"], "a b"],
  [["a b"], "'a b'"],
  [["it's here"], '"it\'s here"'],
  [["it's"], "it's"],
  [["'it'"], "\"'it'\""],
  [["a\"b'c"], "a\"b'c"],
  [[""], "''"],
  [["a\\b", "c\nd"], "a\\b 'c\nd'"],
])("go splits %j from %j", (words, text) => {
  expect(goJoin(words)).toBe(text);
});

test("go cannot be given everything", () => {
  expect(() => goJoin(['it\'s "here"'])).toThrowError(
    '"it\'s \\"here\\"" has blanks and both kinds of quotes, which go\'s -exec cannot carry; write it in .vimto.toml instead',
  );
});

/** The rules of Split in cmd/internal/quoted, for telling whether go will see the same words. */
function goSplit(text: string): string[] {
  const words: string[] = [];
  for (let rest = text.replace(/^[ \t\n\r]+/, ""); rest !== ""; ) {
    const [whole = "", single, double, plain] =
      /^(?:'([^']*)'|"([^"]*)"|([^ \t\n\r]+))/.exec(rest) ?? [];
    if (whole === "") throw new Error(`unterminated string in ${text}`);
    words.push(single ?? double ?? plain ?? "");
    rest = rest.slice(whole.length).replace(/^[ \t\n\r]+/, "");
  }
  return words;
}

test("joined words split into the same words", () => {
  const parts = ["a", "'", '"', " ", "\n", "\\", "$", "=", "é"];
  let state = 1;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  for (let round = 0; round < 2000; round++) {
    const words = Array.from({ length: 1 + random(3) }, () =>
      Array.from({ length: random(5) }, () => parts[random(parts.length)]).join(""),
    );
    try {
      expect(goSplit(goJoin(words)), `round ${round}`).toEqual(words);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "UserError") throw error;
      expect(words.some((word) => word.includes("'") && word.includes('"'))).toBe(true);
    }
  }
});
