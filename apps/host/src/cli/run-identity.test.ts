import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { settingsOf } from "../settings/testing/fixture.ts";
import { identityOf, type Run } from "./run-identity.ts";

const top = mkdtempSync(join(tmpdir(), "vimto-identity-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));
const file = (name: string, text = "") => {
  writeFileSync(join(top, name), text);
  return join(top, name);
};
mkdirSync(join(top, "modules"));
mkdirSync(join(top, "root"));
mkdirSync(join(top, "data"));
file("check");
file("prepare");
const modules = join(top, "modules");
const files: Run["located"]["files"] = {
  image: file("bzImage"),
  release: "6.1",
  config: undefined,
  modules,
  symbols: undefined,
  directory: undefined,
};
const run: Run = {
  located: { files, overlay: join(top, "root") },
  qemu: { path: "/usr/bin/qemu", size: 1, modified: "1" },
  accelerator: "tcg",
  settings: settingsOf({ cwd: top, toml: "setup = 'sh ./prepare'" }),
  environment: { PATH: "/usr/bin:/bin", HOW: "quietly" },
  argv: ["sh", "-c", "./check && echo done"],
};

test("the same run is the same, whatever of the host alone changes", () => {
  expect(identityOf(run)).toEqual(identityOf(run));
  const environment = { ...run.environment, SSH_AUTH_SOCK: "/tmp/other" };
  expect(identityOf({ ...run, environment })).toEqual(identityOf(run));
});

const changes: [string, () => Run][] = [
  ["a variable", () => ({ ...run, environment: { ...run.environment, HOW: "loudly" } })],
  ["an argument", () => ({ ...run, argv: ["sh", "-c", "./check; echo done"] })],
  ["a setting", () => ({ ...run, settings: { ...run.settings, memoryBytes: 1 << 30 } })],
  ["another QEMU", () => ({ ...run, qemu: { ...run.qemu, path: "/opt/qemu" } })],
  ["KVM", () => ({ ...run, accelerator: "kvm" })],
  ["another root", () => ({ ...run, located: { files, overlay: modules } })],
  ["a file of the command", () => changed("check")],
  ["a file of setup", () => changed("prepare")],
  ["the kernel", () => changed("bzImage")],
  ["the modules", () => changed("modules/modules.dep")],
  ["the root", () => changed("root/new")],
];
const changed = (name: string) => {
  file(name, `${name} is new\n`);
  return run;
};
test.each(changes)("%s makes another run", (_name, change) => {
  const before = identityOf(run);
  expect(before).toBeDefined();
  expect(identityOf(change())).not.toEqual(before);
});

test.each([
  [["make", "-C", "data"]],
  [["./check", "--from=data"]],
  [["sh", "-c", "cd data; ../check"]],
])("of %j nothing is known, as it names a directory", (argv) => {
  expect(identityOf({ ...run, argv })).toBeUndefined();
});

test("of a setup that names a directory nothing is known", () => {
  const settings = settingsOf({ cwd: top, toml: "setup = 'cp -r data /tmp'" });
  expect(identityOf({ ...run, settings })).toBeUndefined();
});
