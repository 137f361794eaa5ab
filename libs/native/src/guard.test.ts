import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emit } from "./emit.ts";
import { type GuardErrorCode, guard, workingDirectory } from "./guard.ts";
import { Builder } from "./program.ts";
import { skip, Workshop } from "./testing/run.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
const sentences = {
  deleted: "there is no working directory, and é takes two bytes\n",
  unusable: "no path\n",
};
const program = workingDirectory(sentences);

const source = `
  import inside from "./inside.txt" with { type: "file" };
  const main = async () => {
    const files = await Promise.all(Bun.embeddedFiles.map((file) => file.text()));
    console.log(process.argv.slice(2).join(" "), await Bun.file(inside).text(), files.sort().join());
    process.exit(7);
  };
  main();
`;

async function run(command: readonly string[], cwd: string) {
  const child = Bun.spawn([...command], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { status: await child.exited, stdout, stderr };
}

describe("an executable of Bun", () => {
  const directory = join(workshop.directory, "bun");
  const plain = join(directory, "plain");
  const guarded = join(directory, "guarded");

  beforeAll(async () => {
    await Bun.write(join(directory, "main.ts"), source);
    await Bun.write(join(directory, "inside.txt"), "imported");
    await Bun.write(join(directory, "asset.txt"), "asset");
    const options = ["--compile", "--minify", "--bytecode", "--asset", "asset.txt"];
    const build = ["build", "main.ts", ...options, "--outfile", plain];
    expect(await run([process.execPath, ...build], directory)).toMatchObject({ status: 0 });
    writeFileSync(guarded, guard(readFileSync(plain), arch, program), { mode: 0o755 });
  });

  /** Runs it where `script`, given a new directory as its working directory, leaves it. */
  async function runAfter(script: string, args: readonly string[]) {
    const place = join(directory, crypto.randomUUID());
    await run(["mkdir", place], directory);
    return run(["sh", "-c", `${script}; exec "$0" "$@"`, guarded, ...args], place);
  }

  test("does what it does without a guard", async () => {
    const expected = { status: 7, stdout: "a b imported asset,imported\n", stderr: "" };
    expect(await run([plain, "a", "b"], directory)).toEqual(expected);
    expect(await run([guarded, "a", "b"], directory)).toEqual(expected);
  });

  test.each([[[]], [["--help"]], [["--version"]], [["exec", "true"]]])(
    "says that its working directory is deleted, with arguments %j",
    async (args) => {
      const expected = { status: 125, stdout: "", stderr: sentences.deleted };
      expect(await runAfter('rmdir "$PWD"', args)).toEqual(expected);
    },
  );

  test("keeps its status when nobody reads or takes the sentence", async () => {
    expect(await runAfter('rmdir "$PWD"; exec 2>&-', [])).toMatchObject({ status: 125 });
    expect(await runAfter('rmdir "$PWD"; exec 2>/dev/full', [])).toMatchObject({ status: 125 });
    const unread = "mkfifo ../$$; exec 3<>../$$ 2>../$$ 3>&-";
    expect(await runAfter(`${unread}; rmdir "$PWD"`, [])).toMatchObject({ status: 125 });
  });

  test("says that the path of its working directory is too long", async () => {
    const name = "d".repeat(250);
    const deep = `for i in $(seq 20); do mkdir ${name} && cd -P ${name}; done 2>/dev/null`;
    const expected = { status: 125, stdout: "", stderr: sentences.unusable };
    expect(await runAfter(deep, [])).toEqual(expected);
  });

  test("says that its working directory is out of reach", async (context) => {
    const unshare = ["unshare", "--user", "--map-root-user", "--mount"];
    if ((await run([...unshare, "true"], directory)).status !== 0)
      skip(context, "this user may not make a user namespace (unshare)");
    const mount = 'mount -t tmpfs none "$PWD" && cd "$PWD" && umount -l "$PWD" && exec "$0"';
    const place = join(directory, "mounted");
    await run(["mkdir", place], directory);
    const expected = { status: 125, stdout: "", stderr: sentences.unusable };
    expect(await run([...unshare, "sh", "-c", mount, guarded], place)).toEqual(expected);
  });

  test("runs in a directory that may not be read, as before", async () => {
    const locked = 'chmod 0 .; "$0" "$@"; status=$?; chmod 700 "$PWD"; exit $status';
    expect(await runAfter(locked, ["x"])).toMatchObject({ status: 7, stderr: "" });
  });

  test("has its guard last, in a segment of its own that is never writable", async () => {
    const headers = async (file: string) => {
      const { stdout } = await run(["readelf", "-lW", file], directory);
      const lines = stdout.split("\n").map((line) => line.trim());
      const entry = Number(lines.find((line) => line.startsWith("Entry point "))?.slice(12));
      const rows = lines.flatMap((line) => {
        const row = /^([A-Z_]+) +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) (.{3}) /.exec(line);
        const [, type, offset, address, , memory, flags] = row ?? [];
        return row ? [{ type, place: [offset, address, memory].map(Number), flags }] : [];
      });
      return { entry, rows };
    };
    const before = await headers(plain);
    const after = await headers(guarded);
    const loads = after.rows.filter(({ type }) => type === "LOAD");
    expect(after.rows.length).toBe(before.rows.length);
    const addresses = loads.map(({ place }) => place[1] ?? 0);
    expect(addresses).toEqual(addresses.toSorted((a, b) => a - b));
    expect(loads.at(-1)).toMatchObject({
      flags: "R E",
      place: [expect.anything(), after.entry, expect.anything()],
    });
    expect(after.rows.filter((row) => row !== loads.at(-1))).toEqual(
      before.rows.filter(({ type }) => type !== "NOTE"),
    );
  });

  test("cannot be guarded twice", () => {
    expect(() => guard(readFileSync(guarded), arch, program)).toThrow(
      "the executable has no PT_NOTE header that a guard can replace",
    );
  });
});

describe("refuses", () => {
  const empty = new Builder();
  empty.exit(0);
  const refusal = (change: (view: DataView) => void, length?: number) => {
    const bytes = emit(empty.build(), "x86_64").bytes;
    const view = new DataView(bytes.buffer);
    // The third header, of the stack, becomes one of notes.
    view.setUint32(64 + 2 * 56, 4, true);
    change(view);
    return () => guard(bytes.subarray(0, length), "x86_64", program);
  };
  const unchanged = () => undefined;

  test.each<[GuardErrorCode, string, ReturnType<typeof refusal>]>([
    ["not-elf", "the file is not an ELF executable", refusal(unchanged, 63)],
    ["not-elf", "the file is not an ELF executable", refusal((view) => view.setUint8(1, 0x65))],
    [
      "other-machine",
      "the executable is not for x86_64",
      refusal((view) => view.setUint16(18, 183, true)),
    ],
    ["other-machine", "the executable is not for x86_64", refusal((view) => view.setUint8(4, 1))],
    [
      "movable",
      "the executable has type 3: only one with fixed addresses (2) can be guarded",
      refusal((view) => view.setUint16(16, 3, true)),
    ],
    [
      "not-elf",
      "the executable has 3 program headers of 56 bytes at 64, but 231 bytes in all",
      refusal(unchanged, 231),
    ],
    [
      "not-elf",
      "the executable has 3 program headers of 56 bytes at 18446744073709551615, but 1040 bytes in all",
      refusal((view) => view.setBigUint64(32, 2n ** 64n - 1n, true)),
    ],
    [
      "no-room",
      "the executable has no PT_NOTE header that a guard can replace",
      refusal((view) => view.setUint32(64 + 2 * 56, 0x6474_e551, true)),
    ],
    [
      "no-space",
      "the executable ends at 0x7fffffff and begins at 0x4000e8: a guard lies above both and below 0x80000000",
      refusal((view) => {
        view.setBigUint64(64 + 56 + 16, 0x7fff_f000n, true);
        view.setBigUint64(64 + 56 + 40, 0xfffn, true);
      }),
    ],
  ])("%s: %s", (code, message, attempt) => {
    expect(attempt).toThrow(expect.objectContaining({ name: "GuardError", code, message }));
  });
});
