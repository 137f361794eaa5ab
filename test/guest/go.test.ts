import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  anyKernel,
  compare,
  type Expected,
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
const goTest = (args: readonly string[], cwd = project(module), options: RunOptions = {}) =>
  vimto([...flags, "--", "go", "test", ...args], {
    cwd,
    ...options,
    env: { ...goEnvironment, ...options.env },
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
