import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  anyKernel,
  emptyDirectory,
  leftFiles,
  markedProcesses,
  peakMemory,
  project,
  Running,
  root,
  until,
  vimto,
} from "../harness/index.ts";

const kernel = anyKernel();
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const rowsOf = (stdout: Uint8Array) =>
  textOf(stdout)
    .slice(textOf(stdout).indexOf("\nKERNEL ") + 1)
    .trimEnd()
    .split("\n")
    .slice(1);

describe("kernels and output with hostile names and bytes", () => {
  const name = String.raw`a \"b\" <c> & 'd' | # \u001b[31mred\u001b[0m\u0001\u007f\n::error::x %0A]]>`;
  const toml = `kernels = [
  "./odd/*",
  { name = "${name}", kernel = "${kernel}" },
  { name = "${name} fails", kernel = "${kernel}", env = { STATUS = "1" } },
]`;
  const script = String.raw`printf '\377\376 <x> & "y" \033[2J\033]0;t\007\000\001 ]]> | # ::error::x\n'
echo "1..1"; printf 'not ok 1 - \377 <&>"\033[31m\001 # x\n'; exit \${STATUS:-0}`;

  test("are told, and every report stays one that its readers read", async () => {
    const cwd = project({ ".vimto.toml": toml });
    mkdirSync(join(cwd, "odd"));
    // No kernels: the name is what counts. The last one is no UTF-8.
    for (const odd of ["a b", '"q" <&>', "\x1b[31mred", "new\nline"])
      writeFileSync(join(cwd, "odd", odd), "nothing");
    writeFileSync(Buffer.concat([Buffer.from(`${cwd}/odd/`), Buffer.from([0xff])]), "nothing");
    const kinds = ["json", "junit", "tap", "markdown", "html"];
    const reports = kinds.flatMap((kind) => ["--report", `${kind}=out/${kind}`]);
    const args = [...reports, "--report", "github", "--output", "files=logs"];
    const { status, stdout, stderr } = await vimto(
      [...args, "exec", "--", "sh", "-c", script.replaceAll("\\${", "${")],
      { cwd, env: { GITHUB_STEP_SUMMARY: join(cwd, "summary") } },
    );
    expect([status, stderr]).toEqual([125, ""]);
    const shown = textOf(stdout);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    const annotations = shown.split("\n").filter((line) => line.startsWith("::"));
    expect(annotations).toHaveLength(6);
    for (const line of annotations) expect(line).toMatch(/^::error title=[^:,]+::/);
    const rows = rowsOf(stdout).filter((line) => !line.startsWith("::"));
    expect(rows).toHaveLength(7);
    expect(rows.filter((row) => row.includes("COULD NOT RUN"))).toHaveLength(5);
    expect(leftFiles(join(cwd, "logs"))).toHaveLength(7);

    const path = (kind: string) => join(cwd, "out", kind);
    const run = (...command: string[]) => {
      const { exitCode, stdout, stderr } = Bun.spawnSync(command);
      return { status: exitCode, text: `${stdout}${stderr}` };
    };
    const schema = join(root, "apps/host/src/matrix/reports/testing/junit.xsd");
    expect(run("xmllint", "--noout", "--schema", schema, path("junit"))).toEqual({
      status: 0,
      text: `${path("junit")} validates\n`,
    });
    const { text } = run("prove", "--exec", "cat", path("tap"));
    expect(text).toContain("Failed 6/7 subtests");
    expect(text).not.toMatch(/Parse errors|Bad plan/);
    const page = readFileSync(path("html"), "utf8")
      .replace("<!DOCTYPE html>", "")
      .replaceAll(/<meta [^>]*>/g, "")
      .replaceAll(" open>", ">");
    writeFileSync(path("xml"), page);
    expect(run("xmllint", "--noout", path("xml"))).toEqual({ status: 0, text: "" });
    const markdown = readFileSync(path("markdown"), "utf8");
    expect(readFileSync(join(cwd, "summary"), "utf8")).toBe(markdown);
    const table = markdown.split("\n").filter((line) => line.startsWith("| "));
    expect(table).toHaveLength(2 + 7);
    for (const row of table) expect(row.replaceAll("&#124;", "").match(/\|/g), row).toHaveLength(8);
    // A merge reads it: what stands there is of the schema.
    const merged = await vimto(["report", "merge", "out/json"], { cwd });
    expect([merged.status, merged.stderr]).toEqual([125, ""]);
    expect(rowsOf(Buffer.from(`\n${textOf(merged.stdout)}`))).toEqual(rows);
    const { kernels } = JSON.parse(readFileSync(path("json"), "utf8"));
    expect(kernels.at(-1)).toMatchObject({
      name: JSON.parse(`"${name} fails"`),
      status: 1,
      output: { text: expect.stringMatching(/^\ufffd\ufffd <x> & "y" /) },
      tests: [{ result: "failed" }],
    });
  });
});

test("200 MB of output are in their file, and neither in reports nor in memory", async () => {
  const cwd = project();
  const script = `yes 0123456789 | head -c 200000000; echo end >&2; until [ -e go ]; do sleep 0.2; done`;
  const kinds = ["json", "junit", "tap", "markdown", "html"];
  const reports = kinds.flatMap((kind) => ["--report", `${kind}=out/${kind}`]);
  const options = ["--kernel", kernel, "--output", "files=logs", ...reports];
  const running = new Running([...options, "exec", "--", "sh", "-c", script], { cwd });
  try {
    const [log = ""] = await until("there is a log", 240, () => {
      const found = leftFiles(cwd).filter((name) => name.startsWith("logs/"));
      return found.length > 0 && found;
    });
    const bytes = 200_000_000 + "end\n".length;
    await until("all is in it", 240, () => statSync(join(cwd, log)).size === bytes);
    expect(peakMemory(running.process.pid)).toBeLessThan(160 * 2 ** 20);
    writeFileSync(join(cwd, "go"), "");
    const { status, stdout } = await running.result();
    expect([status, rowsOf(stdout).length]).toEqual([0, 1]);
    await running.leavesNothing();
    for (const kind of kinds)
      expect(statSync(join(cwd, "out", kind)).size, kind).toBeLessThan(200_000);
    const whole = `[the end of ${bytes} bytes; all of it is in ${join(cwd, log)}]`;
    for (const kind of ["junit", "html"])
      expect(readFileSync(join(cwd, "out", kind), "utf8")).toContain(whole);
  } finally {
    running.kill();
    rmSync(join(cwd, "logs"), { recursive: true, force: true });
  }
});

describe("--retry-boot", () => {
  /** A QEMU whose first `deaths` machines end at once. */
  function dyingQemu(deaths: number): Record<string, string> {
    const directory = emptyDirectory("qemu");
    const real = Bun.which("qemu-system-x86_64");
    const path = join(directory, "qemu-system-x86_64");
    const attempts = Array.from({ length: deaths }, (_, at) => `mkdir "${directory}/${at}"`);
    writeFileSync(
      path,
      `#!/bin/sh
case " $* " in *" -kernel "*) { ${[...attempts, "false"].join(" || ")}; } 2>/dev/null && exit 3;; esac
exec "${real}" "$@"
`,
    );
    chmodSync(path, 0o755);
    return { PATH: `${directory}:${process.env.PATH}` };
  }
  const run = async (deaths: number, flags: readonly string[], status = 0) => {
    const cwd = project();
    const options = ["--fresh", "--kernel", kernel, "--report", "json=r.json", ...flags];
    const result = await vimto([...options, "exec", "--", "sh", "-c", `exit ${status}`], {
      cwd,
      env: dyingQemu(deaths),
    });
    const { kernels } = JSON.parse(readFileSync(join(cwd, "r.json"), "utf8"));
    const [{ result: state, tries }] = kernels;
    return { status: result.status, state, tries, stderr: result.stderr };
  };
  const again = (stderr: string) => stderr.match(/^vimto: .*; booting once more$/gm)?.length ?? 0;

  test("boots a machine once more that died as it booted, and once alone", async () => {
    const { stderr, ...mended } = await run(1, ["--retry-boot"]);
    expect(mended).toEqual({ status: 0, state: "passed", tries: 2 });
    expect(again(stderr)).toBe(1);
    const { stderr: twice, ...dead } = await run(2, ["--retry-boot"]);
    expect(dead).toEqual({ status: 125, state: "could-not-run", tries: 2 });
    expect(again(twice)).toBe(1);
    expect(await run(1, [])).toMatchObject({ status: 125, state: "could-not-run", tries: 1 });
  });

  test("runs no command again that failed", async () => {
    const failed = await run(0, ["--retry-boot"], 3);
    expect(failed).toMatchObject({ status: 1, state: "failed", tries: 1 });
  });
});

describe("SIGKILL of vimto with many kernels leaves nothing", () => {
  const isQemu = ({ command }: { command: string }) => /^\S*qemu-system-/.test(command);
  const stages: [string, string[], (running: Running) => Promise<unknown>][] = [
    [
      "while they boot",
      ["--fresh"],
      ({ mark }) => until("both run", 240, () => markedProcesses(mark).filter(isQemu).length === 2),
    ],
    ["while they run", [], ({ stdout }) => stdout.find(/ready\n[\s\S]*ready\n/)],
  ];
  test.each(stages)("%s", async (_name, flags, reached) => {
    const cwd = project({ kernels: `${kernel}\n${kernel}\n${kernel}\n` });
    const many = ["--kernel", "@kernels", "--jobs", "2", "--output", "prefixed", ...flags];
    const running = new Running([...many, "exec", "--", "sh", "-c", "echo ready; sleep 1000"], {
      cwd,
    });
    try {
      await reached(running);
      running.process.kill("SIGKILL");
      expect((await running.result()).status).toBe(137);
      await running.leavesNothing();
    } finally {
      running.kill();
    }
  });
});
