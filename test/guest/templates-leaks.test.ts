import { hostname } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import {
  anyKernel,
  commandLine,
  eachKernel,
  emptyDirectory,
  Running,
  type Started,
  startedBy,
} from "../harness/index.ts";

const cache = emptyDirectory("cache");
const RUNS = 4;

/** Random bytes in hexadecimal, one source a line; perl's 318 and 278 are getrandom of x86-64 and arm64. */
const bytes = `
od -An -vtx1 -N1024 /dev/urandom | tr -d ' \\n'; echo
od -An -vtx1 -N1024 /dev/random | tr -d ' \\n'; echo
perl -e '$b = "\\0" x 200; syscall($ARGV[0], $b, 200, 0) == 200 or die; print unpack("H*", $b), "\\n"' ${
  process.arch === "arm64" ? 278 : 318
}
uuidgen | tr -d -
tr -d - </proc/sys/kernel/random/uuid
tr -d - </proc/sys/kernel/random/boot_id`;

/** Where a new process lies in memory, and its AT_RANDOM (type 25 of the auxiliary vector, getauxval(3)). */
const addresses = `
od -An -vtx8 -w16 /proc/self/auxv | sed -n 's/^ 0*19 //p'
sed -n '1s/-.*//p; /\\[\\(stack\\|heap\\|vdso\\)\\]/s/-.*//p' /proc/self/maps`;

const windows = (hex: string): string[] =>
  Array.from({ length: Math.max(0, hex.length / 2 - 7) }, (_, at) => hex.substr(at * 2, 16));

eachKernel("clones of one template", ["builtin-6.12", "debian-6.1"], (kernel) => {
  describe.each([
    ["one CPU", []],
    ["two CPUs", ["--smp", "2"]],
  ] as const)("%s", (cpus, flags) => {
    let runs: Started[] = [];
    beforeAll(async () => {
      const run = () => startedBy(kernel.path, `${bytes}; echo; ${addresses}`, { cache, flags });
      expect(await run()).toMatchObject({ status: 0, start: "template" });
      runs = await Promise.all(Array.from({ length: RUNS }, run));
      expect(runs.map(({ start, status }) => [start, status])).toEqual(
        runs.map(() => ["clone", 0]),
      );
    });

    test(`${kernel.name}, ${cpus}: no eight random bytes of one are in another`, () => {
      const seen = new Map<string, number>();
      runs.forEach(({ stdout }, index) => {
        const lines = (stdout.split("\n\n")[0] ?? "").trim().split("\n");
        expect(lines.map(({ length }) => length)).toEqual([2048, 2048, 400, 32, 32, 32]);
        for (const window of lines.flatMap(windows)) {
          expect(seen.get(window) ?? index).toBe(index);
          seen.set(window, index);
        }
      });
      expect(seen.size).toBeGreaterThan(RUNS * 2000);
    });

    test(`${kernel.name}, ${cpus}: a process lies elsewhere in each`, () => {
      const places = runs.map(({ stdout }) => stdout.split("\n\n")[1]?.trim().split("\n") ?? []);
      expect(places[0]).toHaveLength(5);
      for (const line of places[0]?.keys() ?? [])
        expect(new Set(places.map((place) => place[line])).size).toBe(RUNS);
    });
  });

  /** What a process can see of what was there before it. */
  const surroundings = `
    cat /proc/mounts
    ls -l /proc/self/fd | sed 's/.* [0-9:]* \\([0-9]* -> \\)/\\1/; s/[0-9]*\\/fd$/PID/'
    for p in /proc/[0-9]*; do
      [ -e $p/exe ] || continue
      tr '\\0' ' ' <$p/cmdline; echo; ls -l $p/fd | sed -n 's/.*[0-9] -> / /; s/\\[[0-9]*\\]//; s/[0-9]*\\/fd$/PID/; s/^ / /p'
    done
    ps -eo comm= | grep -v '^kworker/' | sort
    hostname; umask; ulimit -a; id; cat /proc/cmdline /proc/modules | sed 's/ 0x[0-9a-f]* *$//'
    grep -v '^\\(Pid\\|PPid\\|Tgid\\|NStgid\\|NSpid\\|NSpgid\\|NSsid\\|Vm.*\\|Rss.*\\|.*ctxt_switches\\):' /proc/self/status
    env | grep -v '^_\\?VIMTO_TEST_MARK\\|^TMPDIR' | sort; ip -o link | sed 's,link/ether [0-9a-f:]*,link/ether MAC,'; cat /proc/sys/kernel/tainted /proc/swaps; pwd`;

  test(`${kernel.name}: a clone has the mounts, processes and descriptors of a fresh boot`, async () => {
    const run = (...flags: string[]) => startedBy(kernel.path, surroundings, { cache, flags });
    const [fresh, clone] = [await run("--fresh"), await run()];
    expect([fresh.start, clone.start]).toEqual(["boot", "clone"]);
    expect(clone.stdout.split("\n")).toEqual(fresh.stdout.split("\n"));
    expect(fresh.stdout).toMatch(/^proc \/proc proc/m);
  });

  test(`${kernel.name}: the clock of a clone is the host's to within 50 ms`, async () => {
    const guest = "while read -r _; do echo $EPOCHREALTIME; done";
    const running = new Running(commandLine(kernel.path, [], ["bash", "-c", guest]), {
      cache,
      stdin: "pipe",
    });
    try {
      // What the guest's clock may be off, in ms, as far as each question and its answer tell.
      let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let asked = 0; asked < 50; asked++) {
        const { stdin } = running.process;
        if (typeof stdin !== "object") throw new Error("stdin is no pipe");
        const before = now();
        await stdin.write("\n");
        await stdin.flush();
        const [, text = ""] = await running.stdout.find(
          new RegExp(`^(?:.*\\n){${asked}}([0-9.]+)\\n`),
        );
        const time = Number(text) * 1000;
        least = Math.max(least, time - now());
        most = Math.min(most, time - before);
      }
      const { stdin } = running.process;
      if (typeof stdin === "object") await stdin.end();
      expect(await running.result()).toMatchObject({ status: 0 });
      expect(least).toBeGreaterThan(-50);
      expect(most).toBeLessThan(50);
      expect(most).toBeGreaterThan(least);
    } finally {
      running.kill();
    }
  });
});

/** Milliseconds since 1970, finer than Date. */
const now = () => performance.timeOrigin + performance.now();

test("a clone has the host name of its own run", async () => {
  const kernel = anyKernel();
  const run = (under: string[] = []) => startedBy(kernel, "hostname", { cache, under });
  expect((await run()).stdout).toBe(`${hostname()}\n`);
  const renamed = ["unshare", "--uts", "sh", "-c", 'hostname another-name && exec "$@"', "sh"];
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  renamed.splice(1, 0, ...user);
  expect(await run(renamed)).toMatchObject({ start: "clone", stdout: "another-name\n" });
});
