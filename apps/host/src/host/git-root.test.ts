import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findGitRoot } from "./git-root.ts";

const top = realpathSync(mkdtempSync(join(tmpdir(), "git-root-")));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const git = (directory: string, ...args: string[]) =>
  execFileSync("git", ["-c", "protocol.file.allow=always", "-C", directory, ...args], {
    stdio: "pipe",
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.org",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@example.org",
    },
  });

const make = (path: string) => {
  const full = join(top, path);
  mkdirSync(full, { recursive: true });
  return full;
};

test("outside of any repository", () => {
  expect(findGitRoot(make("plain/below"))).toBeUndefined();
  expect(findGitRoot("/")).toBeUndefined();
});

test("a repository, a directory below it, a linked worktree and a submodule", () => {
  const repository = make("repository");
  git(repository, "init", "-q");
  expect(findGitRoot(repository)).toBe(repository);
  expect(findGitRoot(make("repository/a/b"))).toBe(repository);

  git(repository, "commit", "-q", "--allow-empty", "-m", "first");
  git(repository, "worktree", "add", "-q", join(top, "linked"));
  expect(findGitRoot(make("linked/a"))).toBe(join(top, "linked"));

  const outer = make("outer");
  git(outer, "init", "-q");
  git(outer, "submodule", "add", "-q", repository, "inner");
  expect(findGitRoot(make("outer/inner/a"))).toBe(join(outer, "inner"));
  expect(findGitRoot(make("outer/other"))).toBe(outer);
});

test("what only looks like a repository is passed over", () => {
  const repository = make("real");
  git(repository, "init", "-q");
  make("real/empty/.git");
  expect(findGitRoot(make("real/empty/a"))).toBe(repository);
  writeFileSync(join(make("real/note"), ".git"), "remember the milk\n");
  expect(findGitRoot(join(repository, "note"))).toBe(repository);
});

test("git is not needed", () => {
  const repository = make("by-hand");
  make("by-hand/.git");
  writeFileSync(join(repository, ".git/HEAD"), "ref: refs/heads/main\n");
  expect(findGitRoot(make("by-hand/a"))).toBe(repository);
});
