import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import {
  findKernel,
  inspectKernel,
  ModuleTree,
  modulesToLoad,
  parseConfigFile,
} from "@vimto/kernel";
import { expect, test } from "vitest";
import { writeProgram } from "../../libs/asm/src/testing/program-file.ts";
import { uki } from "../../libs/kernel/src/testing/build.ts";
import { buildPackage, TOOLS } from "../../libs/packages/src/testing/build.ts";
import {
  commandLine,
  compare,
  eachKernel,
  emptyDirectory,
  leftFiles,
  needs,
  project,
  Running,
  refused,
  until,
  vimto,
} from "../harness/index.ts";

function packed(command: readonly [string, ...string[]], content: Uint8Array): Uint8Array {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stdin: content });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return stdout;
}

eachKernel("a kernel in another file", ["debian-6.12"], ({ path }) => {
  const { image, modules = "", release } = findKernel(path);
  const directory = project({ "boot/config": "" });
  mkdirSync(join(directory, "lib/modules"), { recursive: true });
  symlinkSync(modules, join(directory, "lib/modules", release));
  cpSync(join(path, `boot/config-${release}`), join(directory, "boot/config"));

  const cache = emptyDirectory("cache");
  const unpackedKernels = () => leftFiles(cache).filter((name) => name.endsWith(".vmlinux"));
  const guest = "uname -r; modprobe dummy && grep -c '^dummy ' /proc/modules";
  const stdout = `${release}\n1\n`;
  const boot = async (name: string, content: Uint8Array, named = name) => {
    writeFileSync(join(directory, name), content);
    const line = commandLine(join(directory, named), ["--sudo", "--fresh"], guest);
    compare(await vimto(line, { cache }), { stdout });
  };

  test("boots as a vmlinuz.xz", async (context) => {
    needs(context, Bun.which("xz") !== null, "there is no xz");
    await boot("boot/vmlinuz.xz", packed(["xz", "-1c"], readFileSync(image)), ".");
  });

  test("boots as a vmlinux.zst, by its path", async (context) => {
    needs(context, Bun.which("zstd") !== null, "there is no zstd");
    const { unpacked = new Uint8Array() } = inspectKernel(image);
    await boot("boot/kernel.zst", packed(["zstd", "-1qc"], unpacked));
  });

  test("boots as a unified kernel image, from what is unpacked already", async () => {
    const before = unpackedKernels();
    await boot("boot/linux.efi", uki(readFileSync(image)));
    // The vmlinuz.xz has the same kernel in it.
    expect(unpackedKernels()).toEqual(before);
  });

  /** A package's files as far as a run needs them; of a package for 6.12 they are a hundred MiB. */
  const files = (kernel: string, config: string): Record<string, string | Uint8Array> => {
    const options = parseConfigFile(join(path, `boot/config-${release}`));
    const tree = { path, facts: inspectKernel(image).facts, config: options };
    const { load } = modulesToLoad({ ...tree, modules: new ModuleTree(modules) }, "pci", ["dummy"]);
    return {
      [kernel]: readFileSync(image),
      [config]: readFileSync(join(path, `boot/config-${release}`)),
      ...Object.fromEntries(
        load.map(({ path, bytes }): [string, Uint8Array] => [
          join(`lib/modules/${release}`, relative(modules, path).replace(/\.xz$/, "")),
          bytes,
        ]),
      ),
    };
  };

  test.for([
    ["deb", "xz", `boot/vmlinuz-${release}`, `boot/config-${release}`],
    ["rpm", "zstd", `lib/modules/${release}/vmlinuz`, `lib/modules/${release}/config`],
    ["pacman", "zstd", `usr/lib/modules/${release}/vmlinuz`, `usr/lib/modules/${release}/config`],
  ] as const)("boots from a package, as %s", async ([kind, packing, kernel, config], context) => {
    const tool = TOOLS[kind];
    needs(context, Bun.which(tool) !== null, `there is no ${tool}`);
    const named = buildPackage(kind, packing, files(kernel, config), emptyDirectory("package"));
    const run = () => vimto(commandLine(named, ["--sudo", "--fresh"], guest), { cache });
    const first = await run();
    compare(first, { stdout, stderr: `unpacking package "${named}"\n` });
    compare(await run(), { stdout });
    const listed = await vimto(["images"], { cache });
    expect(Buffer.from(listed.stdout).toString()).toContain(named);
  });

  test("boots from two packages in one directory, and not from the first alone", async (context) => {
    needs(context, Bun.which("dpkg-deb") !== null, "there is no dpkg-deb");
    const all = Object.entries(files(`boot/vmlinuz-${release}`, `boot/config-${release}`));
    const part = (kind: "image" | "modules", wanted: (path: string) => boolean) =>
      buildPackage(
        "deb",
        "gzip",
        Object.fromEntries(all.filter(([path]) => wanted(path))),
        emptyDirectory("package"),
        { name: `linux-${kind}-${release}` },
      );
    const image = part("image", (path) => path.startsWith("boot/"));
    const unpacking = `unpacking package "${image}"`;
    await refused(
      commandLine(image, [], "true"),
      new RegExp(
        `^${RegExp.escape(`${unpacking}\nvimto: kernel "${image}" (${release}) has `)}.* only as modules, and no modules were found with it; put the package of its modules, ${RegExp.escape(`linux-modules-${release}`)}, into the directory of this one\n$`,
      ),
      { cache },
    );

    const name = `linux-modules-${release}.deb`;
    cpSync(
      part("modules", (path) => path.startsWith("lib/")),
      join(dirname(image), name),
    );
    const stderr = `${unpacking} with "${name}" beside it\n`;
    compare(await vimto(commandLine(image, ["--sudo", "--fresh"], guest), { cache }), {
      stdout,
      stderr,
    });
  });

  test("does not boot from a package without a kernel", async (context) => {
    needs(context, Bun.which("dpkg-deb") !== null, "there is no dpkg-deb");
    const named = buildPackage("deb", "gzip", { "usr/a": "" }, emptyDirectory("package"));
    const stderr = `unpacking package "${named}"
vimto: package "${named}" has no kernel; put all packages of a kernel and its modules into one directory and name one of them, or name a kernel that vimto fetches, such as debian:12 or ubuntu:24.04
`;
    await refused(commandLine(named, [], "true"), new RegExp(`^${RegExp.escape(stderr)}$`), {
      cache,
    });
  });

  test("boots while the index of its modules is made, also after a run that was killed then", async (context) => {
    const depmod = Bun.which("depmod", { PATH: `/usr/sbin:/sbin:${process.env.PATH}` });
    needs(context, depmod !== null, "there is no depmod");
    const tools = emptyDirectory("tools");
    const gate = join(tools, "gate");
    execFileSync("mkfifo", [gate]);
    const waiting = `#!/bin/sh\necho >${tools}/started; read -r _ <${gate}; exec ${depmod} "$@"\n`;
    writeProgram(join(tools, "depmod"), waiting);
    const tree = project(files(`boot/vmlinuz-${release}`, `boot/config-${release}`));
    const own = emptyDirectory("cache");
    const env = { PATH: `${tools}:${process.env.PATH}` };
    const line = commandLine(tree, ["--sudo", "--fresh", "--verbose"], guest);

    const killed = new Running(line, { cache: own, env });
    await until("depmod starts", 300, () => existsSync(join(tools, "started")));
    killed.process.kill("SIGKILL");
    await killed.result();
    // Its depmod, which waits at the gate too.
    await killed.leavesNothing();

    const running = new Running(line, { cache: own, env });
    await running.stderr.find(/ guest is up\n/);
    writeFileSync(gate, "\n");
    const { status, stdout: printed, stderr } = await running.result();
    await running.leavesNothing();
    expect({ status, stdout: Buffer.from(printed).toString() }).toEqual({ status: 0, stdout });
    expect(stderr).toMatch(/ guest is up\n.* modules indexed\n.* command started\n/s);
    expect(readdirSync(join(own, "vimto/modules"))).toHaveLength(1);
  });
});
