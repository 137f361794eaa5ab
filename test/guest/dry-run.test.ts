import { join } from "node:path";
import { expect, test } from "vitest";
import { anyKernel, compare, executable, project, vimto } from "../harness/index.ts";

test("--dry-run prints what would be started, and starts nothing", async () => {
  const cwd = project();
  const flags = ["--kernel", anyKernel(), "--append", "panic=-1", "--smp", "2", "--dry-run"];
  const { status, stdout, stderr } = await vimto([...flags, "exec", "touch", "was here"], { cwd });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const parts = new TextDecoder().decode(stdout).split("\n\n");
  expect(parts.map((part) => part.split("\n")[0])).toEqual([
    "# QEMU",
    "# kernel arguments",
    "# initramfs",
    "# command",
  ]);
  const [qemu = "", args = "", initramfs = "", command = ""] = parts;
  expect(qemu).toContain(" \\\n  -smp cpus=2 \\\n");
  expect(qemu).toContain(`,path=${cwd},`);
  expect(args).toMatch(/ panic=-1$/);
  expect(initramfs.split("\n")).toEqual(expect.arrayContaining(["/init", "/vimto/boot"]));
  expect(command).toBe("# command\ntouch 'was here'\n");
});

test("wrap prints a prefix that decides as this vimto did", async () => {
  const cwd = project({ "boot/vmlinuz": "", "out put/file": "", ".vimto.toml": "smp = 1\n" });
  const args = ["-kernel", ".", "--share", "out put:ro", "wrap"];
  const settings = `--config=${join(cwd, ".vimto.toml")}`;
  compare(await vimto(args, { cwd, env: { VIMTO_MEMORY: "1G", VIMTO_FS: "" } }), {
    stdout: `${executable} ${settings} --kernel=${cwd} --memory=1G '--share=${cwd}/out put:ro' exec --\n`,
  });
});

test("config prints each setting with its place", async () => {
  const cwd = project({ ".vimto.toml": "memory = '1G'\n" });
  const { status, stdout } = await vimto(["-kernel", "k", "config"], { cwd });
  expect(status).toBe(0);
  const lines = new TextDecoder().decode(stdout).split("\n");
  expect(lines[0]).toBe(`# settings file: ${cwd}/.vimto.toml`);
  expect(lines.map((line) => line.replace(/ +#/, " #"))).toContain('kernel = "k" # option -kernel');
  expect(lines.find((line) => line.startsWith("memory"))).toMatch(/^memory = "1G" +# .*toml:1$/);
});

test("version and help", async () => {
  compare(await vimto(["version"]), {
    stdout:
      /^vimto \d+\.\d+\.\d+\ncommit {4}(?:[0-9a-f]{12}(?:-changed)?|unknown)\nbun {7}\d+\.\d+\.\d+ \((?:x64|arm64), linux\)\nprotocol {2}\d+\n$/,
  });
  compare(await vimto(["-version"]), {
    stdout:
      /^vimto \d+\.\d+\.\d+\ncommit {4}(?:[0-9a-f]{12}(?:-changed)?|unknown)\nbun {7}\d+\.\d+\.\d+ \((?:x64|arm64), linux\)\nprotocol {2}\d+\n$/,
  });
  compare(await vimto(["help", "wrap"]), { stdout: /^Usage: vimto \[OPTIONS\] wrap\n/ });
  compare(await vimto(["-help"]), { stdout: /^Usage: vimto \[OPTIONS\] exec / });
});
