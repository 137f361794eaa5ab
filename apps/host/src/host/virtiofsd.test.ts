import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { skip } from "@vimto/linux/testing/skip";
import { afterAll, expect, test } from "vitest";
import { writeProgram } from "../../../../libs/asm/src/testing/program-file.ts";
import { Cache } from "../cache/cache.ts";
import type { Environment } from "./facts.ts";
import { fewOpenFiles, findVirtiofsd, NO_READ_ONLY_MOUNTS, virtiofsdPlaces } from "./virtiofsd.ts";
import { programOf } from "./virtiofsd-version.ts";

const top = mkdtempSync(join(tmpdir(), "virtiofsd-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));
const cache = new Cache(join(top, "cache"));

/** A program that says `text` for its version. */
function program(name: string, text: string): string {
  const path = join(top, name);
  writeProgram(path, `#!/bin/sh\necho "${text}"\n`);
  return path;
}

test("the places are PATH and where distributions put it, or the one that is named", () => {
  const all = () => true;
  expect(virtiofsdPlaces({ PATH: "/a::b" }, "/cwd", all)).toEqual([
    "/a/virtiofsd",
    "/cwd/b/virtiofsd",
    "/usr/libexec/virtiofsd",
    "/usr/lib/qemu/virtiofsd",
    "/usr/lib/virtiofsd",
    "/usr/lib64/qemu/virtiofsd",
  ]);
  expect(virtiofsdPlaces({ PATH: "/a", VIMTO_VIRTIOFSD: "x" }, "/cwd", all)).toEqual(["/cwd/x"]);
});

test.each([
  ["virtiofsd version 7.2.22 (Debian 1:7.2+dfsg-7)\n", "qemu", "7.2.22"],
  ["virtiofsd 1.13.2\n", "rust", "1.13.2"],
  ["virtiofsd backend v1.1.0", "rust", "1.1.0"],
])("%j", (text, kind, version) => {
  expect(programOf(text)).toEqual({ program: kind, version });
});

test("an ordinary user gets the one in Rust alone", async () => {
  const qemus = program("qemus", "virtiofsd version 7.2.22 (Debian)");
  const find = (path: string, uid: number) =>
    findVirtiofsd({
      cache,
      environment: { VIMTO_VIRTIOFSD: path },
      cwd: "/",
      uid,
      readOnly: false,
      whyNotStarted: async () => undefined,
    });
  expect(await find(qemus, 0)).toEqual({
    path: qemus,
    program: "qemu",
    version: "7.2.22",
    asRoot: true,
    fileHandles: undefined,
    openFiles: fewOpenFiles(readFileSync("/proc/self/status", "utf8")),
    mayMount: expect.any(Boolean),
  });
  await expect(find(qemus, 1000)).rejects.toThrow(
    `"${qemus}" of QEMU 7.2.22 runs as root alone; install another with "apt install virtiofsd"`,
  );
  const rust = program("rust", "virtiofsd 1.13.2");
  expect(await find(rust, 1000)).toMatchObject({
    program: "rust",
    asRoot: false,
    fileHandles: expect.stringMatching(/^(never|prefer)$/),
  });
  const old = program("old", "virtiofsd backend v1.1.0");
  expect(await find(old, 0)).toMatchObject({ fileHandles: undefined });
  await expect(find("/nowhere", 0)).rejects.toThrow(
    'VIMTO_VIRTIOFSD "/nowhere" is no executable file',
  );
  const odd = program("odd", "hello");
  await expect(find(odd, 0)).rejects.toThrow(`"${odd}" does not run; install another`);
});

test("the first that starts is taken, and it is started once", async () => {
  const [broken, works] = ["broken", "works"].map((name) => {
    mkdirSync(join(top, name));
    return program(`${name}/virtiofsd`, "virtiofsd 1.13.2");
  });
  const tried: string[] = [];
  const find = (names: readonly string[], startAgain = false) =>
    findVirtiofsd({
      cache,
      environment: { PATH: names.map((name) => join(top, name)).join(":") },
      cwd: "/",
      uid: 0,
      readOnly: false,
      whyNotStarted: async ({ path }) => {
        tried.push(path);
        return path === works ? undefined : 'ended with status 1 and said "no"';
      },
      startAgain,
    });
  expect(await find(["broken", "works"])).toMatchObject({ path: works });
  expect(await find(["works"])).toMatchObject({ path: works });
  expect(tried).toEqual([broken, works]);
  expect(await find(["works"], true)).toMatchObject({ path: works });
  expect(tried).toEqual([broken, works, works]);
});

test("where there is another way, a search in vain is believed until somebody searches again", async () => {
  mkdirSync(join(top, "vain"));
  const VIMTO_VIRTIOFSD = program("vain/virtiofsd", "virtiofsd 1.13.2");
  let why: string | undefined = "ended with status 1 and said nothing";
  let starts = 0;
  const find = (more: { readonly settles?: boolean; readonly startAgain?: boolean }) =>
    findVirtiofsd({
      cache: new Cache(join(top, "vain-cache")),
      environment: { VIMTO_VIRTIOFSD },
      cwd: "/",
      uid: 0,
      readOnly: false,
      whyNotStarted: async () => {
        starts++;
        return why;
      },
      ...more,
    }).then(
      () => "found",
      ({ message }: Error) => message,
    );
  const vain = await find({ settles: true });
  expect(vain).toContain("does not start: it ended with status 1 and said nothing");
  expect(await find({ settles: true })).toBe(vain);
  expect(starts).toBe(1);
  expect(await find({})).toBe(vain);
  expect(starts).toBe(2);
  why = undefined;
  expect(await find({ settles: true })).toBe(vain);
  expect(await find({ startAgain: true })).toBe("found");
  expect(await find({ settles: true })).toBe("found");
});

/** A fake of a host that makes no read-only mounts; `cached` is a place for what is kept of it. */
function mountless(cached: string, paths: readonly string[]) {
  const starts: (readonly [string, boolean])[] = [];
  const find = (readOnly: boolean) =>
    findVirtiofsd({
      cache: new Cache(join(top, cached)),
      environment: { PATH: paths.map((path) => dirname(path)).join(":") },
      cwd: "/",
      uid: 0,
      readOnly,
      whyNotStarted: async ({ program, mayMount }) => {
        starts.push([program, mayMount]);
        return mayMount ? NO_READ_ONLY_MOUNTS : undefined;
      },
    });
  return { find, starts };
}

test("where no mount can be read-only, the one in Rust is taken that needs none", async () => {
  for (const name of ["c", "in-rust"]) mkdirSync(join(top, name));
  const qemus = program("c/virtiofsd", "virtiofsd version 7.2.22 (Debian)");
  const rust = program("in-rust/virtiofsd", "virtiofsd 1.13.2");
  const { find, starts } = mountless("mountless", [qemus, rust]);
  expect(await find(true)).toMatchObject({ path: rust, mayMount: false });
  expect(await find(false)).toMatchObject({ path: qemus, mayMount: false });
  const once = starts.length;
  expect(await find(true)).toMatchObject({ path: rust, mayMount: false });
  expect(starts).toHaveLength(once);
  await expect(mountless("mountless", [qemus]).find(true)).rejects.toThrow(
    `"${qemus}" of QEMU 7.2.22 serves no files read-only on this host (that takes Linux 5.12 and CAP_SYS_ADMIN); install another with "apt install virtiofsd"`,
  );
});

/** How one is looked for that has this file in the place of virtiofsd first, and a working one next. */
async function passedOver(name: string, make: (path: string) => void, limitMs = 240_000) {
  for (const part of [name, `${name}-next`]) mkdirSync(join(top, part));
  const path = join(top, name, "virtiofsd");
  make(path);
  const next = program(`${name}-next/virtiofsd`, "virtiofsd 1.13.2");
  const find = (environment: Environment, versionLimitMs = limitMs) =>
    findVirtiofsd({
      cache,
      environment,
      cwd: "/",
      uid: 0,
      readOnly: false,
      whyNotStarted: async () => undefined,
      versionLimitMs,
    });
  // Its version is known from then on, and has no limit.
  await find({ VIMTO_VIRTIOFSD: next }, 240_000);
  expect(await find({ PATH: `${join(top, name)}:${join(top, `${name}-next`)}` })).toMatchObject({
    path: next,
  });
  return find({ VIMTO_VIRTIOFSD: path }).then(
    () => "it was found",
    (error: Error) => error.message.replaceAll(path, "PATH"),
  );
}

test.each([
  ["of another architecture", Buffer.from("7f454c4602010100", "hex"), "ENOEXEC"],
  ["a script without its interpreter", "#!/nowhere/sh\n", "ENOENT"],
])("what cannot be executed is passed over: %s", async (name, bytes, code) => {
  const why = await passedOver(name, (path) => writeProgram(path, bytes));
  expect(why).toMatch(`"PATH" does not run (${code}); install another with "apt install`);
});

test("a directory is no virtiofsd", async () => {
  expect(await passedOver("directory", (path) => mkdirSync(path))).toBe(
    'VIMTO_VIRTIOFSD "PATH" is no executable file',
  );
});

test("one that never tells its version is ended with what it started, and passed over", async () => {
  const pids = join(top, "pids");
  const script = `#!/bin/sh\nsleep 1000 &\necho $$ $! >>${pids}\nwait\n`;
  writeFileSync(pids, "");
  const why = await passedOver("hangs", (path) => writeProgram(path, script), 1000);
  expect(why).toMatch('"PATH" does not run (it gave no version in 1 s); install another');
  const started = readFileSync(pids, "utf8")
    .split(/\s+/)
    .filter((pid) => pid !== "");
  const runs = (pid: string) =>
    existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  await expect.poll(() => started.filter(runs), { timeout: 60_000 }).toEqual([]);
});

test.each([
  ["few, and no way to raise that", 20_000n, "000001fffeffffff", 20_000],
  ["enough", 524_288n, "000001fffeffffff", undefined],
  ["few, which it raises itself", 20_000n, "000001ffffffffff", undefined],
  ["an ordinary user's", 4096n, "0000000000000000", 4096],
])("open files: %s", (_, files, capabilities, few) => {
  expect(fewOpenFiles(`CapPrm:\t0\nCapEff:\t${capabilities}\nCapBnd:\t0\n`, files)).toBe(few);
});

test("where few files can be open, the one in Rust keeps handles if root may open them", async (context) => {
  const status = readFileSync("/proc/self/status", "utf8");
  const few = fewOpenFiles(status);
  if (few === undefined) skip(context, "this host lets virtiofsd have many files open");
  const found = await findVirtiofsd({
    cache,
    environment: { VIMTO_VIRTIOFSD: program("handles", "virtiofsd 1.13.2") },
    cwd: "/",
    uid: 0,
    readOnly: false,
    whyNotStarted: async () => undefined,
  });
  expect([
    { fileHandles: "prefer", openFiles: undefined },
    { fileHandles: "never", openFiles: few },
  ]).toContainEqual({ fileHandles: found.fileHandles, openFiles: found.openFiles });
});
