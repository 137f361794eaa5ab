import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cutCommandLine } from "../cli/argv.ts";
import { loadSettings } from "./load.ts";
import { testHost } from "./testing/fixture.ts";

const cwd = realpathSync(mkdtempSync(join(tmpdir(), "load-")));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, ".vimto.toml"), "smp = 2\nkernel = 'a:b'\n");
writeFileSync(join(cwd, "other.toml"), "smp = 3\n");

const load = (argv: string[], environment = {}) =>
  loadSettings(cutCommandLine([...argv, "config"], ["config", "exec"]), {
    environment,
    cwd,
    host: testHost,
  });

test("the file of the directory", async () => {
  expect(await load([])).toMatchObject({ cpus: 2, file: join(cwd, ".vimto.toml") });
});

test("another file, by option or variable, or none", async () => {
  expect(await load(["--config", "other.toml"])).toMatchObject({ cpus: 3 });
  expect(await load([], { VIMTO_CONFIG: "other.toml" })).toMatchObject({ cpus: 3 });
  expect(await load(["--config=none"], { VIMTO_CONFIG: "other.toml" })).toMatchObject({
    cpus: 1,
    file: undefined,
  });
  expect(await load([], { VIMTO_CONFIG: "" })).toMatchObject({ cpus: 2 });
});
