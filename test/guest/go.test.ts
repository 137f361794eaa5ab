import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeProgram } from "../../libs/asm/src/testing/program-file.ts";
import {
  anyKernel,
  compare,
  type Expected,
  eachKernel,
  executable,
  goEnvironment,
  Pty,
  project,
  Running,
  type RunOptions,
  sharedCache,
  vimto,
} from "../harness/index.ts";

const module = {
  "go.mod": "module example.org/fixture\n\ngo 1.19\n",
  "kernel/kernel_test.go": `package kernel
import ("os"; "testing")
func TestKernel(t *testing.T) {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil { t.Fatal(err) }
	t.Logf("kernel %s", release)
}
func TestDirectory(t *testing.T) {
	if err := os.WriteFile("written", []byte("here"), 0o644); err != nil { t.Fatal(err) }
}
`,
  "add/add.go": "package add\n\nfunc Add(a, b int) int { return a + b }\n",
  "add/add_test.go": `package add
import "testing"
func TestAdd(t *testing.T) { if Add(1, 2) != 3 { t.Fail() } }
func BenchmarkAdd(b *testing.B) { for i := 0; i < b.N; i++ { Add(i, i) } }
`,
  "fail/fail_test.go": `package fail
import "testing"
func TestFail(t *testing.T) { t.Fatal("wanted failure") }
func TestPanic(t *testing.T) { panic("wanted panic") }
func TestGood(t *testing.T) {}
`,
  "panics/panics_test.go": `package panics
import "testing"
func TestPanics(t *testing.T) { panic("wanted panic") }
`,
  "race/race_test.go": `package race
import ("sync"; "testing")
func count(add func(*int)) (n int) {
	var both sync.WaitGroup
	both.Add(2)
	for i := 0; i < 2; i++ { go func() { add(&n); both.Done() }() }
	both.Wait()
	return n
}
func TestRace(t *testing.T) { count(func(n *int) { *n++ }) }
func TestLocked(t *testing.T) {
	var lock sync.Mutex
	if count(func(n *int) { lock.Lock(); *n++; lock.Unlock() }) != 2 { t.Fail() }
}
`,
  "fuzz/fuzz_test.go": `package fuzz
import "testing"
func FuzzFine(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		for range s { n++ }
		switch n % 4 { case 1: n = 5; case 2: n = 6; case 3: n = 7 }
	})
}
func FuzzBad(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, s string) { if s != "seed" { t.Fatal("wanted finding") } })
}
`,
  "wait/wait_test.go": `package wait
import ("fmt"; "os"; "os/signal"; "testing"; "time")
func TestWait(t *testing.T) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	fmt.Println("ready")
	select {
	case <-interrupts:
		fmt.Println("interrupted in the guest")
		os.Exit(3)
	case <-time.After(time.Hour):
	}
}
`,
} as const;

const flags = ["--kernel", anyKernel()];
/** As often on a slow machine as on a fast one. */
const fuzzing = (target: string) =>
  `-fuzz ${target} -fuzztime 100x -fuzzminimizetime 1x -parallel 2`.split(" ");
const goTest = (args: readonly string[], cwd = project(module), options: RunOptions = {}) =>
  vimto([...flags, "--", "go", "test", ...args], {
    cwd,
    ...options,
    env: { ...goEnvironment, ...options.env },
  });

eachKernel("go test runs each package's tests in a machine, side by side", "all", (kernel) => {
  test(kernel.name, async () => {
    const cwd = project(module);
    const packages = ["./add", "./fail", "./kernel", "./panics"];
    const args = ["test", "-v", "-run", "Add|Fail|Kernel|Directory|Panics", ...packages];
    compare(
      await vimto(["-kernel", kernel.path, "--", "go", ...args], { cwd, env: goEnvironment }),
      {
        stdout: matching(
          /=== RUN {3}TestAdd\n--- PASS: TestAdd .*\nPASS\nok {2}\texample.org\/fixture\/add\t.*\n/,
          /=== RUN {3}TestFail\n +fail_test.go:3: wanted failure\n--- FAIL: TestFail .*\nFAIL\n/,
          /FAIL\texample.org\/fixture\/fail\t.*\n/,
          /=== RUN {3}TestKernel\n +kernel_test.go:6: kernel \d+\.\d+[\s\S]*\n--- PASS: TestDirectory .*\nPASS\n/,
          /ok {2}\texample.org\/fixture\/kernel\t[\d.]+s\n/,
          /=== RUN {3}TestPanics\n--- FAIL: TestPanics .*\npanic: wanted panic[\s\S]*\nFAIL\texample.org\/fixture\/panics\t.*\n/,
          /FAIL\n/,
        ),
        status: 1,
      },
    );
    expect(readFileSync(join(cwd, "kernel/written"), "utf8")).toBe("here");
  });
});

/** The parts one after the other, and nothing else. */
const matching = (...parts: readonly RegExp[]) =>
  new RegExp(`^${parts.map(({ source }) => source).join("")}$`);

// Its shadow memory is at fixed addresses, so that it depends on where a kernel maps things.
eachKernel("go test -race", "all", (kernel) => {
  test(kernel.name, async () => {
    const args = ["--kernel", kernel.path, "--", "go", "test", "-race", "-v", "./race"];
    compare(await vimto(args, { cwd: project(module), env: goEnvironment }), {
      stdout: matching(
        /=== RUN {3}TestRace\n={18}\nWARNING: DATA RACE\n[\s\S]*\n--- FAIL: TestRace .*\n/,
        /=== RUN {3}TestLocked\n--- PASS: TestLocked .*\n/,
        /[\s\S]*\nFAIL\texample.org\/fixture\/race\t.*\nFAIL\n/,
      ),
      status: 1,
    });
  });
});

// The test binary starts itself twice more, each with two more pipes and a file that all three map.
eachKernel("go test -fuzz writes what it finds beside the test", "all", (kernel) => {
  test(kernel.name, async () => {
    const cwd = project(module);
    const args = [...fuzzing("FuzzBad"), "./fuzz"];
    const result = await vimto(["--kernel", kernel.path, "--", "go", "test", ...args], {
      cwd,
      env: goEnvironment,
    });
    const [, found = ""] = /input written to (\S+)\n/.exec(String(result.stdout)) ?? [];
    compare(result, {
      stdout:
        /now fuzzing with 2 workers\n[\s\S]*wanted finding\n[\s\S]*\nFAIL\texample.org\/fixture\/fuzz\t/,
      status: 1,
    });
    expect(found).toMatch(/^testdata\/fuzz\/FuzzBad\/[0-9a-f]+$/);
    expect(readFileSync(join(cwd, "fuzz", found), "utf8")).toMatch(/^go test fuzz v1\nstring/);
  });
});

test("go test -fuzz keeps in go's cache what it goes on with the next time", async () => {
  const cwd = project(module);
  const corpus = join(goEnvironment.GOCACHE, "fuzz/example.org/fixture/fuzz/FuzzFine");
  compare(await goTest([...fuzzing("FuzzFine"), "./fuzz"], cwd), {
    stdout: /new interesting: [1-9][\s\S]*\nPASS\nok {2}\texample.org\/fixture\/fuzz\t/,
  });
  const kept = readdirSync(corpus).length;
  expect(kept).toBeGreaterThan(0);
  compare(await goTest([...fuzzing("FuzzFine"), "./fuzz"], cwd), {
    stdout: new RegExp(`gathering baseline coverage: 0/${kept + 1} completed`),
  });
});

test("go test writes profiles where it was started, outside of a git root too", async () => {
  const cwd = project(module);
  const written = ["-cpuprofile=cpu.out", "-trace=trace.out"];
  compare(await goTest([...written, "./add"], cwd), {
    stdout: /^ok {2}\texample.org\/fixture\/add\t.*\n$/,
  });
  for (const name of ["cpu.out", "trace.out"])
    expect(statSync(join(cwd, name)).size).toBeGreaterThan(0);
});

test.each(["go1.21rc2", "bin/go1.21rc2"])("go test by another go: %s", async (go) => {
  const script = `#!/bin/sh\necho "by $(basename $0)"\nexec go "$@"\n`;
  const cwd = project(module);
  mkdirSync(join(cwd, "bin"));
  writeProgram(join(cwd, "bin/go1.21rc2"), script);
  const PATH = `${join(cwd, "bin")}:${process.env.PATH}`;
  const result = await vimto([...flags, "--", go, "test", "./add"], {
    cwd,
    env: { ...goEnvironment, PATH },
  });
  compare(result, { stdout: /^by go1.21rc2\nok {2}\texample.org\/fixture\/add\t.*\n$/ });
});

const cases: Readonly<Record<string, Expected & { args: readonly string[] }>> = {
  "-run": {
    args: ["-run", "Good", "./fail"],
    stdout: /^ok {2}\texample.org\/fixture\/fail\t.*\n$/,
  },
  "-json": {
    args: ["-json", "./add"],
    stdout: /^(\{"Time":.*\}\n)+$/,
  },
  "-bench": {
    args: ["-bench", ".", "-benchtime", "10x", "./add"],
    stdout: /\nBenchmarkAdd +\t? +10\t/,
  },
  "a package that is not there": {
    args: ["./no-such-package"],
    stdout: /^/,
    stderr: /no-such-package/,
    status: 1,
  },
};
for (const [name, { args, ...expected }] of Object.entries(cases))
  test(`go test: ${name}`, async () => compare(await goTest(args), expected));

test("go test: -coverprofile", async () => {
  const cwd = project(module);
  compare(await goTest(["-coverprofile=cover.out", "./add"], cwd), {
    stdout: /^ok {2}\texample.org\/fixture\/add\t.*\tcoverage: 100.0% of statements\n$/,
  });
  expect(readFileSync(join(cwd, "cover.out"), "utf8")).toMatch(/^mode: set\n.*add\.go:.* 1 1\n$/);
});

test("go test: the binary of a test that dumps its core is kept beside the core", async () => {
  const cwd = project(module);
  const options = { env: { GOTRACEBACK: "crash" } };
  const result = await goTest(["-run", "Panic", "./fail"], cwd, options);
  expect(result.status).toBe(1);
  const left = readdirSync(join(cwd, "fail")).filter((name) => name.startsWith("core-"));
  expect(left.sort()).toEqual([
    expect.stringMatching(/^core-[0-9a-f]{8}-fail\.test$/),
    expect.stringMatching(/^core-[0-9a-f]{8}-fail\.test\.\d+\.\d+$/),
  ]);
  const printed = new TextDecoder().decode(result.stdout) + result.stderr;
  for (const name of left) expect(printed).toContain(join(cwd, "fail", name));
});

test("go builds in a machine, too", async () => {
  const cwd = project({ ...module, "main.go": "package main\n\nfunc main() {}\n" });
  const words = [
    "--memory",
    "512M",
    "--share",
    goEnvironment.GOCACHE,
    "exec",
    "--",
    "go",
    "build",
    "-o",
    "built",
  ];
  mkdirSync(goEnvironment.GOCACHE, { recursive: true });
  compare(await vimto([...flags, ...words], { cwd, env: goEnvironment }), {});
  expect(statSync(join(cwd, "built")).mode & 0o111).not.toBe(0);
});

test("go test: a second -exec is refused", async () => {
  compare(await goTest(["-exec", "sudo", "./add"]), {
    stderr:
      'vimto: "go test" was given "-exec", but vimto is its -exec already; remove it, or use "go test" without vimto\n',
    status: 125,
  });
});

test("a go that is not there", async () => {
  compare(await vimto([...flags, "--", "go1.0.no-such-go", "test"], { cwd: project(module) }), {
    stderr: 'vimto: the command "go1.0.no-such-go" was not found; install Go, or name its binary\n',
    status: 127,
  });
});

describe("an interrupt reaches the tests in the guest", () => {
  const args = ["--kernel", anyKernel(), "--", "go", "test", "-v", "./wait"];

  test("Ctrl-C on a terminal", async () => {
    const environment = { ...process.env, ...goEnvironment, XDG_CACHE_HOME: sharedCache };
    const pty = new Pty([executable, ...args], { cwd: project(module), env: environment });
    await pty.find(/ready\r\n/);
    pty.type("\x03");
    await pty.exited;
    expect(pty.text).toMatch(/interrupted in the guest\r\n[\s\S]*FAIL\texample.org\/fixture\/wait/);
  });

  test("SIGINT without a terminal", async () => {
    const running = new Running(args, {
      cwd: project(module),
      env: goEnvironment,
      under: ["setsid"],
    });
    try {
      await running.stdout.find(/ready\n/);
      running.process.kill("SIGINT");
      const { status, stdout } = await running.result();
      expect(status).toBe(1);
      expect(new TextDecoder().decode(stdout)).toMatch(/interrupted in the guest\n/);
      await running.leavesNothing();
    } finally {
      running.kill();
    }
  });
});
