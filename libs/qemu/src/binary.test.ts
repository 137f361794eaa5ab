import { chmod, mkdir, mkdtemp, rm, symlink, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeProgram } from "../../asm/src/testing/program-file.ts";
import { findBinary, identityKey, queryVersion, readIdentity, requireVersion } from "./binary.ts";
import { requireQemu } from "./testing/real-qemu.ts";
import { isAtLeast, parseVersion } from "./version.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "vimto-binary-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function program(name: string, script: string, mode = 0o755): Promise<string> {
  const path = join(directory, name);
  writeProgram(path, script);
  await chmod(path, mode);
  return path;
}

describe("finding", () => {
  const find = (values: Partial<Parameters<typeof findBinary>[0]>) =>
    findBinary({ architecture: "x86_64", path: "", directory, ...values });

  test("takes the first executable file of PATH, by the architecture's name", async () => {
    await mkdir(join(directory, "first/qemu-system-x86_64"), { recursive: true });
    await mkdir(join(directory, "second"));
    await mkdir(join(directory, "third"));
    await program("second/qemu-system-x86_64", "", 0o644);
    const found = await program("third/qemu-system-x86_64", "#!/bin/sh\n");
    const path = ["", "missing", "first", "second", "third"].join(":");
    // Root may read everything but executes only what some execute bit allows.
    expect(await find({ path })).toBe(found);
    expect(await find({ path, directory: "/" }).catch((error) => error.message)).toBe(
      'qemu-system-x86_64 is not in PATH; install it with "apt install qemu-system-x86", or whatever your distribution calls it',
    );
  });

  test("names the package of each architecture", async () => {
    await expect(find({ architecture: "aarch64" })).rejects.toMatchObject({
      code: "binary-missing",
      message:
        'qemu-system-aarch64 is not in PATH; install it with "apt install qemu-system-arm", or whatever your distribution calls it',
    });
  });

  test("honours an explicit name or path", async () => {
    const path = await program("my qemu", "#!/bin/sh\n");
    expect(await find({ explicit: path, path: "/nowhere" })).toBe(path);
    expect(await find({ explicit: "./my qemu" })).toBe(path);
    expect(await find({ explicit: "my qemu", path: directory })).toBe(path);
    await expect(find({ explicit: "/nowhere/qemu" })).rejects.toThrow(
      'QEMU "/nowhere/qemu" does not exist; name a qemu-system-x86_64, or leave the path out to use PATH',
    );
    const plain = await program("plain", "", 0o644);
    await expect(find({ explicit: plain })).rejects.toThrow(
      `QEMU "${plain}" is not an executable file; name a qemu-system-x86_64, or leave the path out to use PATH`,
    );
    await expect(find({ explicit: directory })).rejects.toThrow("is not an executable file");
  });
});

test("identities follow links and tell size and time apart", async () => {
  const path = await program("one", "#!/bin/sh\n");
  await utimes(path, 1, 1);
  const before = await readIdentity(path);
  expect(before).toEqual({ path, size: 10, modified: "1000000000" });
  const link = join(directory, "link");
  await symlink(path, link);
  expect(await readIdentity(link)).toEqual(before);
  await utimes(path, 1, 2);
  const keys = [before, await readIdentity(path), { ...before, size: 11 }].map(identityKey);
  expect(new Set(keys).size).toBe(3);
});

describe("versions", () => {
  test.each([
    ["QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright", [7, 2, 22]],
    ["QEMU emulator version 10.0.0-rc1 (v10.0.0-rc1-3-gabc)", [10, 0, 0]],
    ["QEMU emulator version 6.2 (qemu-kvm-6.2.0-11.el9)", [6, 2, 0]],
    ["qemu: warning\nQEMU emulator version 8.2.2", [8, 2, 2]],
  ])("%j", (text, [major, minor, micro]) => {
    expect(parseVersion(text)).toEqual({ major, minor, micro });
  });

  test("other programs have none", () => {
    expect(parseVersion("qemu-img version 7.2.22")).toBeUndefined();
    expect(parseVersion("")).toBeUndefined();
  });

  test("are ordered", () => {
    const version = { major: 7, minor: 2, micro: 1 };
    expect(isAtLeast(version, { major: 6, minor: 9, micro: 9 })).toBe(true);
    expect(isAtLeast(version, version)).toBe(true);
    expect(isAtLeast(version, { major: 7, minor: 2, micro: 2 })).toBe(false);
    expect(isAtLeast(version, { major: 10, minor: 0, micro: 0 })).toBe(false);
  });

  test("that are too old are refused", () => {
    requireVersion("/q", { major: 6, minor: 0, micro: 0 });
    expect(() => requireVersion("/q", { major: 5, minor: 2, micro: 0 })).toThrow(
      'QEMU "/q" is version 5.2.0, but vimto needs 6.0 or newer; install a newer one or name another',
    );
  });
});

describe("asking for the version", () => {
  test("works with the real QEMU", async (context) => {
    const version = await queryVersion(await requireQemu(context));
    expect(version.major).toBeGreaterThanOrEqual(6);
  });

  test.each([
    [
      "other",
      "#!/bin/sh\necho hello; echo more\n",
      'is not QEMU: asked for its version it printed "hello"; name another',
    ],
    ["silent", "#!/bin/sh\n", 'is not QEMU: asked for its version it printed ""; name another'],
    [
      "broken",
      "#!/bin/sh\necho 'qemu: error while loading shared libraries: libfoo.so.1' >&2; exit 127\n",
      'does not run: exit status 127, "qemu: error while loading shared libraries: libfoo.so.1"; reinstall it or name another',
    ],
    [
      "killed",
      "#!/bin/sh\nkill -9 $$\n",
      "does not run: killed by SIGKILL; reinstall it or name another",
    ],
    [
      "no-interpreter",
      "#!/no/such/interpreter\n",
      "does not run: ENOENT; reinstall it or name another",
    ],
    [
      "endless",
      "#!/bin/sh\nexec yes\n",
      "does not run: it never stops printing; reinstall it or name another",
    ],
  ])("of a program that is %s", async (name, script, sentence) => {
    const path = await program(name, script);
    const error = await queryVersion(path).catch((caught) => caught);
    expect(error.code).toBe("binary-not-runnable");
    expect(error.message).toContain(`"${path}" ${sentence}`);
  });

  test("can be given up", async () => {
    const path = await program("hanging", "#!/bin/sh\nexec sleep 1000\n");
    await expect(queryVersion(path, AbortSignal.timeout(50))).rejects.toThrow(
      `QEMU "${path}" does not run: it was given up; reinstall it or name another`,
    );
  });
});
