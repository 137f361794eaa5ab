import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anotherUser,
  bootAndCompare,
  eachKernel,
  project,
  type User,
  type VmTest,
  vmTest,
  vmTestOn,
} from "../harness/index.ts";

const names = (cwd: string) => readdirSync(cwd).filter((name) => name.startsWith("core"));

/** There is one core of the program, whole, and of this owner. */
function expectCore(cwd: string, program: string, owner?: Pick<User, "uid" | "gid">): void {
  const [core = "", ...others] = names(cwd);
  expect(core).toMatch(new RegExp(`^core-[0-9a-f]{8}-${program}\\.\\d+\\.\\d+$`));
  expect(others).toEqual([]);
  const bytes = readFileSync(join(cwd, core));
  // e_type of an ELF file: ET_CORE.
  expect(bytes.readUInt16LE(16)).toBe(4);
  expect(bytes.length).toBeGreaterThanOrEqual(segmentsEnd(bytes));
  const { mode, uid, gid } = statSync(join(cwd, core));
  expect(mode & 0o777).toBe(0o600);
  if (owner) expect({ uid, gid }).toEqual({ uid: owner.uid, gid: owner.gid });
}

/** Where the last of its segments ends (elf(5): e_phoff, e_phnum, p_offset, p_filesz). */
function segmentsEnd(bytes: Buffer): number {
  const [table, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(56)];
  const ends = Array.from({ length: count }, (_, index) => {
    const at = table + index * 56;
    return Number(bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 32));
  });
  return Math.max(...ends);
}

const dumped = (cwd: string, program: string) =>
  `vimto: core dumped: ${cwd}/core-[0-9a-f]{8}-${program}\\.\\d+\\.\\d+\n`;

vmTest("a command that dumps its core leaves it in the working directory", () => {
  const cwd = project();
  return {
    cwd,
    // By its own hand: a signal of another process may come before it is executed.
    guest: "ulimit -c; perl -e 'kill QUIT => $$'; echo $?",
    stdout: "unlimited\n131\n",
    stderr: new RegExp(`^(.*\n)*${dumped(cwd, "perl")}$`),
    after: () => expectCore(cwd, "perl"),
  };
});

vmTestOn("one", "a process that works elsewhere leaves its core where the others are", () => {
  const cwd = join(project(), "100% mine");
  mkdirSync(cwd);
  return {
    cwd,
    guest: "cd /tmp; kill -ABRT $$",
    stderr: new RegExp(`^${dumped(cwd, "sh")}$`),
    status: 134,
    after: () => expectCore(cwd, "sh"),
  };
});

// The kernel's pattern for core files has 127 bytes at most, and would be cut off.
vmTestOn("one", "a working directory with a long name", () => {
  const cwd = join(project(), "long".repeat(30));
  mkdirSync(cwd);
  return {
    cwd,
    guest: "kill -ABRT $$",
    stderr: new RegExp(`^${dumped(cwd, "sh")}$`),
    status: 134,
    after: () => expectCore(cwd, "sh"),
  };
});

vmTestOn("one", "no core where the command wants none", () => {
  const cwd = project();
  return {
    cwd,
    guest: "ulimit -c 0; kill -ABRT $$",
    status: 134,
    after: () => expect(names(cwd)).toEqual([]),
  };
});

/** A directory that everybody may enter, and only its owner may write to. */
function open(files: Readonly<Record<string, string>> = {}): string {
  const cwd = project(files);
  chmodSync(cwd, 0o755);
  return cwd;
}

// More than a pipe holds: the machine does not end before all of it is written.
const large = "x=$(head -c 1000000 /dev/zero | tr '\\0' x); kill -ABRT $$";

vmTest("the core of another user's command belongs to whoever runs vimto", () => {
  const cwd = open();
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return {
    cwd,
    flags: ["--user", "4242"],
    guest: large,
    stderr: new RegExp(`^${dumped(cwd, "sh")}$`),
    status: 134,
    after: () => expectCore(cwd, "sh", owner),
  };
});

eachKernel("cores belong to somebody who is not root and runs vimto", "one", (kernel) => {
  function theirs(files: Readonly<Record<string, string>>, spec: Partial<VmTest>): VmTest {
    const cwd = open(files);
    const user = anotherUser(cwd);
    return {
      cwd,
      under: user.under,
      cache: user.cache,
      guest: large,
      stderr: new RegExp(`^${dumped(cwd, "sh")}$`),
      status: 134,
      after: () => expectCore(cwd, "sh", user),
      ...spec,
    };
  }
  const clone = (name: string, spec: () => VmTest) =>
    test(name, () => bootAndCompare(kernel, spec()));
  const setup = (command: string) => ({ ".vimto.toml": `setup = ${JSON.stringify(command)}` });

  clone("no option", () => theirs({}, {}));
  clone("--sudo", () => theirs({}, { flags: ["--sudo"] }));
  clone("--sudo, of a process that works elsewhere", () =>
    theirs({}, { flags: ["--sudo"], guest: `cd /tmp; ${large}` }),
  );
  clone("--sudo, in a working directory with a blank", () => {
    const spec = theirs({}, { flags: ["--sudo"] });
    const cwd = `${spec.cwd} `;
    renameSync(spec.cwd ?? "", cwd);
    const [stderr, user] = [new RegExp(`^${dumped(cwd, "sh")}$`), anotherUser(cwd)];
    return { ...spec, cwd, stderr, after: () => expectCore(cwd, "sh", user) };
  });
  clone("--user", () => theirs({}, { flags: ["--user", "4242"] }));
  clone("the command after setup", () => theirs(setup("true"), {}));
  clone("a setup command", () =>
    theirs(setup("sh -c 'kill -ABRT $$'"), {
      guest: "echo never",
      stderr: /^vimto: core dumped: .*\nvimto: the setup command .* was ended by signal 6\n$/,
      status: 125,
    }),
  );
  clone("none where root's command wants none", () => {
    const spec = theirs({}, { flags: ["--sudo"], guest: "ulimit -c 0; kill -ABRT $$", stderr: "" });
    return { ...spec, after: () => expect(names(spec.cwd ?? "")).toEqual([]) };
  });
});
