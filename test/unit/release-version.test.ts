import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const scripts = join(import.meta.dirname, "../../scripts");

/** A repository with these files in its only commit; `git` runs in it. */
function repository(files: Readonly<Record<string, string>>) {
  const place = mkdtempSync(join(tmpdir(), "vimto-version-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), text);
  };
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: place,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  for (const [name, text] of Object.entries(files)) write(name, text);
  git("init", "-q");
  const commit = () => {
    git("add", ".");
    git("commit", "-q", "--allow-empty", "-m", "m");
    return git("rev-parse", "--short=12", "HEAD").trim();
  };
  commit();
  return { place, write, git, commit };
}

function versionOf(place: string) {
  const sourced = ["common", "compile", "version"].map((name) => `. ${scripts}/lib/${name}.sh`);
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    ["bash", "-c", `set -euo pipefail; ${sourced.join("; ")}; release_version`, "release"],
    { cwd: place },
  );
  return { status: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

const stating = (version: string) => `{\n  "name": "x",\n  "version": "${version}",\n}\n`;
const released = {
  "package.json": stating("0.2.0"),
  "apps/host/package.json": stating("0.2.0"),
  "libs/oci/package.json": stating("0.2.0"),
  "CHANGELOG.md": "# Changelog\n\n## 0.2.0 - 2026-12-01\n\n## 0.1.0\n",
};
const refused = (sentence: string) => ({ status: 1, stdout: "", stderr: `release: ${sentence}\n` });
const is = (version: string) => ({ status: 0, stdout: version, stderr: "" });

test("is that of the tag, of which one for a major version is none", () => {
  const { place, git } = repository(released);
  for (const tag of ["v0", "v0.2.0", "v0.2.0-rc.1", "nightly"]) git("tag", tag);
  expect(versionOf(place)).toEqual(is("0.2.0"));
});

test("is a pre-release's", () => {
  const { place, git } = repository({
    "package.json": stating("0.3.0-rc.1"),
    "apps/host/package.json": stating("0.3.0-rc.1"),
    "libs/oci/package.json": stating("0.3.0-rc.1"),
    "CHANGELOG.md": "## 0.3.0-rc.1\n",
  });
  git("tag", "v0.3.0-rc.1");
  expect(versionOf(place)).toEqual(is("0.3.0-rc.1"));
});

test("without a tag is one of development, between two releases", () => {
  const { place, git, commit, write } = repository(released);
  const first = git("rev-parse", "--short=12", "HEAD").trim();
  expect(versionOf(place)).toEqual(is(`0.2.0-dev.1.g${first}`));
  git("tag", "v0.2.0");
  commit();
  const second = commit();
  git("tag", "v0");
  expect(versionOf(place)).toEqual(is(`0.2.1-dev.2.g${second}`));
  write("CHANGELOG.md", "changed");
  expect(versionOf(place)).toEqual(is(`0.2.1-dev.2.g${second}.changed`));
});

test.each<[string, Record<string, string>, string]>([
  [
    "package.json states another version",
    Object.fromEntries(
      Object.entries(released).map(([name, text]) => [name, text.replace("0.2.0", "0.1.0")]),
    ),
    "this commit has the tag v0.2.0, and package.json states the version 0.1.0: tag the commit that states it",
  ],
  [
    "package.json files differ",
    { ...released, "libs/oci/package.json": stating("0.1.0") },
    "package.json states the version 0.2.0 and libs/oci/package.json 0.1.0: make them equal",
  ],
  [
    "the changelog begins with what is not released",
    { ...released, "CHANGELOG.md": "## Unreleased\n\n## 0.2.0\n" },
    'this commit has the tag v0.2.0, and CHANGELOG.md begins with "## Unreleased": it must begin with "## 0.2.0"',
  ],
])("refuses a tag when %s", (_name, files, sentence) => {
  const { place, git } = repository(files);
  git("tag", "v0.2.0");
  expect(versionOf(place)).toEqual(refused(sentence));
});

test("refuses a tag when files differ from its commit", () => {
  const { place, git, write } = repository(released);
  git("tag", "v0.2.0");
  write("CHANGELOG.md", `${released["CHANGELOG.md"]}more\n`);
  expect(versionOf(place)).toEqual(
    refused("CHANGELOG.md differs from the commit of v0.2.0: commit it or restore it"),
  );
});

test("refuses what is no clone", () => {
  const place = mkdtempSync(join(tmpdir(), "vimto-version-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  expect(versionOf(place)).toEqual(
    refused(`builds a commit, and ${place} is no clone of a git repository: git clone it`),
  );
});
