import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findSettingsFile, readSettingsFile } from "./file.ts";

const top = mkdtempSync(join(tmpdir(), "settings-file-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const make = (path: string) => {
  const full = join(top, path);
  mkdirSync(full, { recursive: true });
  return full;
};

/** A repository with a directory below it. */
function repository(name: string): { root: string; below: string } {
  const root = make(name);
  make(`${name}/.git`);
  writeFileSync(join(root, ".git/HEAD"), "ref: refs/heads/main\n");
  return { root, below: make(`${name}/a/b`) };
}

const refusal = (message: string) => expect.objectContaining({ code: "file-unreadable", message });

test("no file", async () => {
  expect(await readSettingsFile(make("none"))).toBeUndefined();
  expect(await readSettingsFile(repository("none-repository").below)).toBeUndefined();
});

test("the working directory's own file, else the git root's, never one between", async () => {
  const { root, below } = repository("both");
  writeFileSync(join(root, ".vimto.toml"), "smp = 1");
  writeFileSync(join(root, "a/.vimto.toml"), "smp = 2");
  expect(findSettingsFile(root)).toBe(join(root, ".vimto.toml"));
  expect(findSettingsFile(below)).toBe(join(root, ".vimto.toml"));
  expect(findSettingsFile(join(root, "a"))).toBe(join(root, "a/.vimto.toml"));
  writeFileSync(join(below, ".vimto.toml"), "smp = 3");
  const file = await readSettingsFile(below);
  const path = join(below, ".vimto.toml");
  expect(file?.path).toBe(path);
  expect(file?.layer.get("smp")).toEqual([
    { text: "3", origin: { from: "file", path, line: 1, key: "smp" } },
  ]);
});

test("in a linked worktree and a submodule, the file at their own top", async () => {
  const git = (directory: string, ...args: string[]) => {
    const names = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    const words = [...names, "-c", "protocol.file.allow=always", "-C", directory, ...args];
    return execFileSync("git", words, { stdio: "pipe" });
  };
  const repository = make("git/repository");
  git(repository, "init", "-q");
  writeFileSync(join(repository, ".vimto.toml"), "smp = 1");
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", "first");

  const linked = join(top, "git/linked");
  git(repository, "worktree", "add", "-q", linked);
  expect(findSettingsFile(make("git/linked/a"))).toBe(join(linked, ".vimto.toml"));
  rmSync(join(linked, ".vimto.toml"));
  expect(findSettingsFile(join(linked, "a"))).toBeUndefined();

  const outer = make("git/outer");
  git(outer, "init", "-q");
  writeFileSync(join(outer, ".vimto.toml"), "smp = 2");
  git(outer, "submodule", "add", "-q", repository, "inner");
  const inner = join(outer, "inner");
  expect(findSettingsFile(make("git/outer/inner/a"))).toBe(join(inner, ".vimto.toml"));
  rmSync(join(inner, ".vimto.toml"));
  expect(findSettingsFile(join(inner, "a"))).toBeUndefined();
});

test("a file named by hand, and none", async () => {
  const { root, below } = repository("named");
  writeFileSync(join(root, ".vimto.toml"), "this is no TOML");
  writeFileSync(join(root, "other.toml"), "smp = 4");
  const file = await readSettingsFile(below, "../../other.toml");
  expect(file?.path).toBe(join(root, "other.toml"));
  expect(await readSettingsFile(below, "none")).toBeUndefined();
  await expect(readSettingsFile(below, "gone.toml")).rejects.toThrowError(
    refusal(
      `settings file ${below}/gone.toml cannot be read: it does not exist; correct the path or mend the link`,
    ),
  );
});

test("a file with a byte order mark", async () => {
  const directory = make("mark");
  writeFileSync(join(directory, ".vimto.toml"), "\ufeffsmp = 2\n");
  expect((await readSettingsFile(directory))?.layer.get("smp")?.[0]?.text).toBe("2");
});

const kinds: [string, (path: string) => void, string][] = [
  ["a directory", (path) => mkdirSync(path), "it is a directory; put a file there"],
  [
    "a link to nothing",
    (path) => symlinkSync("nowhere", path),
    "it does not exist; correct the path or mend the link",
  ],
  [
    "a link to itself",
    (path) => symlinkSync(".vimto.toml", path),
    "its symbolic links go in a circle; mend the link",
  ],
  [
    "a named pipe",
    (path) => execFileSync("mkfifo", [path]),
    "it is not a regular file; put a file there",
  ],
  [
    "a link to /dev/zero",
    (path) => symlinkSync("/dev/zero", path),
    "it is not a regular file; put a file there",
  ],
  [
    "a huge file",
    (path) => {
      writeFileSync(path, "");
      truncateSync(path, 2 ** 40);
    },
    "it is larger than 1M, which no settings file is",
  ],
  [
    "Latin-1",
    (path) => writeFileSync(path, Buffer.from("# caf\xe9\n", "latin1")),
    "it is not UTF-8 text; save it as UTF-8",
  ],
];

test.each(kinds)("%s is refused, never ignored", async (kind, put, why) => {
  const directory = make(kind.replaceAll(/\W/g, "-"));
  put(join(directory, ".vimto.toml"));
  await expect(readSettingsFile(directory)).rejects.toThrowError(
    refusal(`settings file ${directory}/.vimto.toml cannot be read: ${why}`),
  );
});
