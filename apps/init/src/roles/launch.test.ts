import { closeSync, existsSync, readFileSync, statSync } from "node:fs";
import { architectures } from "@vimto/linux";
import { KEPT, PREVIOUS, SCRIPT_LIMIT, Script } from "@vimto/script";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { monotonic, pipeFrom, pipeTo } from "../../../../libs/asm/src/testing/descriptors.ts";
import { emulator, start, Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { RECORD } from "../records.ts";
import { launchAlone, supervisedLaunch } from "../testing/programs.ts";
import { allRecords, nextRecord } from "../testing/records.ts";
import { LAUNCH_FAILED } from "./launch.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const AT_FDCWD = -100;
const O_RDONLY = 0;
const O_CREAT_WRONLY = 0o101;
const ENOENT = 2;
const EBADF = 9;
const EEXIST = 17;

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe.each(architectures)("launch on %s", (arch) => {
  const bare = workshop.place(launchAlone(), arch);
  const supervised = workshop.place(supervisedLaunch(), arch);
  let scratches = 0;

  /** A path that nobody has used. */
  function scratch(): string {
    scratches += 1;
    return `${workshop.directory}/${arch}-${scratches}`;
  }

  /** Starts the launcher; `script` is its pipe. */
  function launcher(context: TestContext, program = bare) {
    const prefix = emulator(context, arch);
    const [stdout, script, records] = [pipeFrom(), pipeTo(1 << 20), pipeFrom()];
    const theirs = [stdout.theirs, stdout.theirs, script.theirs, records.theirs];
    const running = start([...prefix, program], ["ignore", ...theirs]);
    for (const fd of new Set(theirs)) closeSync(fd);
    return { ...running, stdout: stdout.ours, script: script.ours, records: records.ours };
  }

  /** Runs a whole script, and says all that came of it. */
  async function run(context: TestContext, script: Script, program = bare) {
    const running = launcher(context, program);
    const sent = running.script.put(script.build());
    const [stdout, records] = await Promise.all([
      running.stdout.rest(),
      allRecords(running.records),
    ]);
    await sent;
    return { stdout: text(stdout), records, ending: await running.ended };
  }

  const shell = (command: string, ...rest: string[]): Script =>
    execve(new Script(arch), command, ...rest);

  const execve = (script: Script, command: string, ...rest: string[]): Script =>
    script.call("execve", "execve", ["/bin/sh", ["sh", "-c", command, ...rest], ["A=b c", "E="]]);

  test("becomes a command with arguments and an environment", async (context) => {
    const command = 'printf "%s|" "$0" "$@" "$A" "$E"; exit 3';
    expect(await run(context, shell(command, "x", "", "y z"))).toEqual({
      stdout: "x||y z|b c||",
      records: [],
      ending: 3,
    });
  });

  test("the command has no descriptor but the first three, and no signal ignored or blocked", async (context) => {
    const { stdout } = await run(
      context,
      shell("ls /proc/$$/fd; exec grep -E 'Sig(Blk|Ign)' /proc/self/status"),
    );
    expect(stdout).toBe("0\n1\n2\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  });

  test("tells the time of moments", async (context) => {
    const before = monotonic();
    const { records, ending } = await run(context, new Script(arch).mark(0).mark(0xffff_ffff));
    const after = monotonic();
    expect(ending).toBe(LAUNCH_FAILED);
    expect(records.map(({ kind, a }) => [kind, a])).toEqual([
      [RECORD.mark, 0],
      [RECORD.mark, 0xffff_ffff],
    ]);
    const times = [before, ...records.map(({ b }) => b), after];
    for (const [index, time] of times.entries())
      expect(time).toBeGreaterThanOrEqual(times[index - 1] ?? 0n);
  });

  test("passes the result of a call to the next, in any place", async (context) => {
    const path = scratch();
    const script = new Script(arch)
      .call("open", "openat", [AT_FDCWD, path, O_CREAT_WRONLY, 0o640])
      .call("onto stdout", "dup3", [PREVIOUS, 1, 0])
      // 1 jumpBack, as the last argument of all.
      .call("write", "write", [PREVIOUS, "hello", 5]);
    execve(script, "printf ' world'");
    expect(await run(context, script)).toEqual({ stdout: "", records: [], ending: 0 });
    expect(readFileSync(path, "utf8")).toBe("hello world");
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("passes a result that was kept to every call that follows", async (context) => {
    const path = scratch();
    const script = new Script(arch)
      .call("open", "openat", [AT_FDCWD, path, O_CREAT_WRONLY, 0o640], { keep: true })
      .call("write", "write", [KEPT, "one", 3])
      .call("write", "write", [KEPT, "two", 3])
      .call("close", "close", [KEPT])
      .call("write", "write", [KEPT, "three", 5], { failure: "continue" });
    const { records } = await run(context, script);
    expect(records).toEqual([{ kind: RECORD.failed, a: 4, b: BigInt(EBADF) }]);
    expect(readFileSync(path, "utf8")).toBe("onetwo");
  });

  test("an errno that is no failure lets the script go on, another one does not", async (context) => {
    const [path, never] = [scratch(), scratch()];
    const script = new Script(arch)
      .call("make", "mkdirat", [AT_FDCWD, path, 0o755], { except: EEXIST })
      .call("make", "mkdirat", [AT_FDCWD, path, 0o755], { except: EEXIST })
      .call("make", "mkdirat", [AT_FDCWD, `${never}/deep`, 0o755], { except: EEXIST })
      .call("make", "mkdirat", [AT_FDCWD, never, 0o755]);
    const { records, ending } = await run(context, script);
    expect(records).toEqual([{ kind: RECORD.failed, a: 2, b: BigInt(ENOENT) }]);
    expect(existsSync(never)).toBe(false);
    expect(ending).toBe(LAUNCH_FAILED);
  });

  test("a call that depends on an errno runs after that errno alone", async (context) => {
    const [made, missing, wrong] = [scratch(), scratch(), scratch()];
    const script = new Script(arch)
      .call("open", "openat", [AT_FDCWD, made, O_RDONLY, 0], { failure: "ignore" })
      .call("make", "mkdirat", [AT_FDCWD, wrong, 0o755], { after: EEXIST })
      .call("make", "mkdirat", [AT_FDCWD, made, 0o755], { after: ENOENT })
      .call("make", "mkdirat", [AT_FDCWD, missing, 0o755], { after: ENOENT });
    expect((await run(context, script)).records).toEqual([]);
    expect([made, missing, wrong].map((path) => existsSync(path))).toEqual([true, false, false]);
  });

  test("a failed call stops the script, or is told, or is passed over", async (context) => {
    const path = scratch();
    const script = new Script(arch)
      .call("close", "close", [77], { failure: "ignore" })
      .call("close", "close", [78], { failure: "continue" })
      .mark(1)
      .call("open", "openat", [AT_FDCWD, path, O_RDONLY, 0])
      .mark(2);
    const { records, ending } = await run(context, script);
    expect(ending).toBe(LAUNCH_FAILED);
    expect(records).toEqual([
      { kind: RECORD.failed, a: 1, b: BigInt(EBADF) },
      { kind: RECORD.mark, a: 1, b: expect.any(BigInt) },
      { kind: RECORD.failed, a: 3, b: BigInt(ENOENT) },
    ]);
  });

  test("a large environment arrives", async (context) => {
    const environment = Array.from({ length: 12 }, (_, i) => `V${i}=${"x".repeat(100_000 + i)}`);
    const script = new Script(arch);
    script.call("execve", "execve", ["/usr/bin/env", ["env"], environment]);
    const { stdout, ending } = await run(context, script);
    expect(stdout.trimEnd().split("\n")).toEqual(environment);
    expect(ending).toBe(0);
  });

  describe("supervised", () => {
    const started = { kind: RECORD.started, a: 0, b: expect.any(BigInt) };
    const exited = (status: number) => ({ kind: RECORD.exited, a: 0, b: BigInt(status) });
    const synced = { kind: RECORD.synced, a: 0, b: 0n };

    test("tells which process the command is, how it ended, and that files are written", async (context) => {
      const script = execve(new Script(arch).started(), "echo $$; exit 7");
      const { stdout, records, ending } = await run(context, script, supervised);
      expect(records).toEqual([started, exited(0x700), synced]);
      expect(records[0]?.b).toBe(BigInt(stdout.trim()));
      expect(ending).toBe(0);
    });

    test("tells the signal that ended the command", async (context) => {
      const script = execve(new Script(arch).started(), "kill -TERM $$");
      const { records, ending } = await run(context, script, supervised);
      expect(records).toEqual([started, exited(15), synced]);
      expect(ending).toBe(0);
    });

    test("tells what failed before the command was there", async (context) => {
      const script = new Script(arch).mark(0).call("close", "close", [77]).started();
      const { records, ending } = await run(context, script, supervised);
      expect(records).toEqual([
        { kind: RECORD.mark, a: 0, b: expect.any(BigInt) },
        { kind: RECORD.failed, a: 1, b: BigInt(EBADF) },
        exited(LAUNCH_FAILED << 8),
        synced,
      ]);
      expect(ending).toBe(0);
    });

    test("its parent holds none of the command's streams open", async (context) => {
      const { script, stdout, records, ended } = launcher(context, supervised);
      const command = "exec >&- 2>&-; exec sleep 60";
      await script.put(execve(new Script(arch).started(), command).build());
      expect(await stdout.rest()).toEqual(new Uint8Array(0));
      const { kind, b: pid } = await nextRecord(records);
      expect(kind).toBe(RECORD.started);
      expect(await records.quiet()).toBe(true);
      process.kill(Number(pid), "SIGKILL");
      expect(await nextRecord(records)).toEqual(exited(9));
      expect(await ended).toBe(0);
    });
  });

  test("waits for its script, however it arrives", async (context) => {
    const { script, stdout, ended } = launcher(context);
    const bytes = shell("echo hello").build();
    for (const part of [bytes.subarray(0, 3), bytes.subarray(3, 8), bytes.subarray(8, 20)]) {
      await script.put(part);
      expect(await stdout.quiet(20)).toBe(true);
    }
    await script.put(bytes.subarray(20));
    expect(text(await stdout.rest())).toBe("hello\n");
    expect(await ended).toBe(0);
  });

  test("runs nothing of a script that is cut short", async (context) => {
    const bytes = shell("echo hello").build();
    for (const cut of [0, 7, 8, 72, bytes.length - 1]) {
      const { script, stdout, records, ended } = launcher(context);
      await script.put(bytes.subarray(0, cut));
      script.close();
      expect(await stdout.rest(), `cut at ${cut}`).toEqual(new Uint8Array(0));
      expect(await allRecords(records)).toEqual([]);
      expect(await ended).toBe(LAUNCH_FAILED);
    }
  });

  test("runs nothing of a script that it cannot hold", async (context) => {
    const { script, ended } = launcher(context);
    const header = new Uint8Array(8);
    new DataView(header.buffer).setUint32(0, SCRIPT_LIMIT + 1, true);
    await script.put(header);
    expect(await ended).toBe(LAUNCH_FAILED);
  });
});
