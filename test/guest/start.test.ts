import { copyFileSync, cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  eachKernel,
  emptyDirectory,
  leftFiles,
  project,
  startedBy,
} from "../harness/index.ts";

const kernel = anyKernel();
const cache = emptyDirectory("cache");
const templates = () => leftFiles(cache).filter((path) => path.startsWith("vimto/templates/"));

const fresh: Readonly<Record<string, Parameters<typeof startedBy>[2]>> = {
  "--fresh": { flags: ["--fresh"] },
  VIMTO_START: { env: { VIMTO_START: "fresh" } },
  "start in .vimto.toml": { cwd: project({ ".vimto.toml": 'start = "fresh"\n' }) },
};

test.each(Object.entries(fresh))("%s boots, and makes no template", async (_name, options) => {
  expect(await startedBy(kernel, "echo ran", { cache, ...options })).toEqual({
    status: 0,
    stdout: "ran\n",
    start: "boot",
    why: "",
  });
  expect(templates()).toEqual([]);
});

test("a stronger place says that it need not boot", async () => {
  const cwd = project({ ".vimto.toml": 'start = "fresh"\n' });
  const asked = await startedBy(kernel, "echo ran", { cache, cwd, flags: ["--fresh=false"] });
  expect(asked).toMatchObject({ status: 0, stdout: "ran\n", start: "template" });
});

test("a run with other shares is a clone of the same template", async () => {
  const [one, other] = [project({ a: "one" }), project({ a: "other" })];
  const run = (cwd: string) => startedBy(kernel, "cat a", { cache, cwd });
  expect(await run(one)).toMatchObject({ stdout: "one", start: "clone" });
  expect(await run(other)).toMatchObject({ stdout: "other", start: "clone" });
});

test.each([6, 20])(
  "%d shares are more than a template has slots: they have one of their own",
  async (count) => {
    const shares = Array.from({ length: count }, (_, index) => project({ a: `${index}\n` }));
    const flags = shares.flatMap((path) => ["--share", path]);
    const guest = shares.map((path) => `cat ${path}/a`).join(";");
    const run = () => startedBy(kernel, guest, { cache, flags, cwd: project() });
    const stdout = shares.map((_, index) => `${index}\n`).join("");
    expect(await run()).toMatchObject({ status: 0, stdout, start: "template" });
    expect(await run()).toMatchObject({ status: 0, stdout, start: "clone" });
  },
);

eachKernel("another kernel at the same path", "one", ({ name, path }) => {
  test(`${name}: is another template, although it boots as it is`, async () => {
    await startedBy(path, "true", { cache, flags: ["--fresh"] });
    const [unpacked = ""] = leftFiles(cache).filter((file) => file.endsWith(".vmlinux"));
    const kernel = project({ "boot/vmlinux": "" });
    const modules = join(path, "lib/modules");
    if (existsSync(modules)) cpSync(modules, join(kernel, "lib/modules"), { recursive: true });
    const run = () => startedBy(kernel, "echo ran", { cache });
    for (let times = 0; times < 2; times++) {
      copyFileSync(join(cache, unpacked), join(kernel, "boot/vmlinux"));
      expect(await run()).toMatchObject({ status: 0, stdout: "ran\n", start: "template" });
    }
    expect(await run()).toMatchObject({ status: 0, stdout: "ran\n", start: "clone" });
  });
});
