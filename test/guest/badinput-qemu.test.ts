import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeProgram } from "../../libs/asm/src/testing/program-file.ts";
import { buildPackage } from "../../libs/packages/src/testing/build.ts";
import {
  anyKernel,
  compare,
  emptyDirectory,
  needs,
  project,
  refused,
  testKernels,
  vimto,
} from "../harness/index.ts";

describe("a QEMU that", () => {
  /** A program that says it is QEMU 7.2, and else does what the shell script says. */
  const fake = (does: string, version = "7.2.0") => {
    const cwd = project();
    const says = `[ "$1" = --version ] && { echo "QEMU emulator version ${version}"; exit; }`;
    writeProgram(join(cwd, "qemu"), `#!/bin/sh\n${says}\n${does}\n`);
    return cwd;
  };
  const refusal = "qemu-system-x86_64: -machine q35,foo=on: Property 'q35-machine.foo' not found";
  const cases: [string, string, string, (cwd: string) => string, string[]][] = [
    [
      "is too old",
      "exit 1",
      "4.2.1",
      (cwd) =>
        `QEMU "${cwd}/qemu" is version 4.2.1, but vimto needs 6.0 or newer; install a newer one or name another`,
      [],
    ],
    [
      "refuses an option",
      `echo "${refusal}" >&2; exit 1`,
      "7.2.0",
      () => 'this QEMU has no option "q35-machine.foo"; use a QEMU built with it, or a newer one',
      [],
    ],
    [
      "has no user network",
      `echo "qemu-system-x86_64: -netdev user,id=network: network backend 'user' is not compiled into this binary" >&2; exit 1`,
      "7.2.0",
      () =>
        "this QEMU was built without user networking (libslirp); use one that has it, or leave out --net",
      ["--net", "user"],
    ],
    [
      "is killed",
      "kill -9 $$",
      "7.2.0",
      () => "QEMU was ended by SIGKILL, from outside vimto; run it again",
      [],
    ],
    [
      "boots nothing",
      "exec sleep 1000",
      "7.2.0",
      () => "the guest had not come up after 2 s (--timeout); --verbose shows its console",
      ["--timeout", "2s"],
    ],
  ];
  test.each(cases)("%s", async (_name, does, version, sentence, flags) => {
    const cwd = fake(does, version);
    await refused(["--fresh", ...flags, "--kernel", anyKernel(), "exec", "true"], sentence(cwd), {
      cwd,
      env: { VIMTO_QEMU: "./qemu" },
    });
  });
});

test("a kernel for another processor", async (context) => {
  // The header of an arm64 Image, Documentation/arch/arm64/booting.rst.
  const image = new Uint8Array(4096);
  const view = new DataView(image.buffer);
  view.setBigUint64(16, 4096n, true);
  view.setUint32(56, 0x644d_5241, true);
  const cwd = project();
  const banner = new TextEncoder().encode("Linux version 6.1.0 (builder) #1\n");
  writeFileSync(join(cwd, "Image"), Buffer.concat([image, banner]));
  const sentence = `kernel "${cwd}/Image" is built for aarch64, but the machine to boot is x86_64; name a kernel built for x86_64, or give --arch arm64`;
  await refused(["--kernel", "./Image", "exec", "true"], sentence, { cwd });

  needs(context, Bun.which("dpkg-deb") !== null, "there is no dpkg-deb");
  // Of a package, the file in the cache is nothing that the user knows.
  const files = { "boot/vmlinuz-6.1.0": readFileSync(join(cwd, "Image")) };
  const built = buildPackage("deb", "gzip", files, cwd);
  const named = sentence.replace(`${cwd}/Image`, built);
  const stderr = new RegExp(
    `^${RegExp.escape(`unpacking package "${built}"\nvimto: ${named}\n`)}$`,
  );
  await refused(["--kernel", built, "exec", "true"], stderr, { cwd });
});

describe("Debian's 6.1, in which virtio is a module,", () => {
  const [debian] = testKernels(["debian-6.1"]);
  const boot = (cwd: string) =>
    cpSync(join(debian?.path ?? "", "boot"), join(cwd, "kernel/boot"), { recursive: true });

  test("with the modules of another version", async (context) => {
    needs(context, debian !== undefined && debian.missing === undefined, "Debian 6.1 is not there");
    const cwd = project();
    boot(cwd);
    mkdirSync(join(cwd, "kernel/lib/modules/6.1.0-1-amd64"), { recursive: true });
    const sentence = new RegExp(
      '^vimto: kernel "[^"]*" is (6\\.1[^ ]*), but the modules beside it are for another version ' +
        '\\("[^"]*/kernel/lib/modules/6\\.1\\.0-1-amd64"\\); put the modules of \\1 there, or remove them ' +
        "when it needs none\n$",
    );
    await refused(["--kernel", "./kernel", "exec", "true"], sentence, { cwd });
  });

  test("without its modules", async (context) => {
    needs(context, debian !== undefined && debian.missing === undefined, "Debian 6.1 is not there");
    const cwd = project();
    boot(cwd);
    const sentence = new RegExp(
      '^vimto: kernel "./kernel" \\([^)]*\\) has virtio over PCI \\(CONFIG_VIRTIO_PCI\\), [^\n]* ' +
        "[^\n]*; name a directory that has lib/modules/[^\n]*\n$",
    );
    await refused(["--kernel", "./kernel", "exec", "true"], sentence, { cwd });
  });
});

describe("a panic that QEMU may be behind", () => {
  /** QEMU, whose first `times` machines end as the kernel's words on the console have it. */
  const panics = (times: number) => {
    const cwd = project();
    const real = Bun.which("qemu-system-x86_64");
    const words =
      "Oops: int3: 0000 [#1] PREEMPT SMP\\nKernel panic - not syncing: Fatal exception\\n";
    writeProgram(
      join(cwd, "qemu"),
      `#!/bin/bash
[ "$1" = --version ] && { echo "QEMU emulator version 7.2.0"; exit; }
echo >>"$0.starts"
[ $(wc -l <"$0.starts") -gt ${times} ] && exec ${real} "$@"
printf '${words}' >&3\n`,
    );
    return cwd;
  };
  const starts = (cwd: string) => readFileSync(join(cwd, "qemu.starts"), "utf8").length;
  const args = ["--fresh", "--smp", "2", "--accel", "tcg", "--kernel", anyKernel(), "exec", "true"];
  const env = { VIMTO_QEMU: "./qemu" };

  test("is met by another boot", async () => {
    const cwd = panics(2);
    compare(await vimto(args, { cwd, env }), {});
    expect(starts(cwd)).toBe(3);
  });

  test("is met by another boot where it ended the boot of a template", async () => {
    const cwd = panics(2);
    const flags = args.filter((word) => word !== "--fresh");
    compare(await vimto(flags, { cwd, env, cache: emptyDirectory("cache") }), {});
    expect(starts(cwd)).toBe(3);
  });

  test("ends the run when it comes again and again", async () => {
    const cwd = panics(4);
    await refused(
      args,
      /\nvimto: the guest's kernel panicked: Oops: int3: 0000 \[#1\] PREEMPT SMP, Fatal exception; QEMU 7\.2\.0 does this now and then to emulated machines with several processors, where the kernel changes its code; use QEMU 8\.1 or newer, or --smp 1\n$/,
      { cwd, env },
    );
    expect(starts(cwd)).toBe(3);
  });

  test("ends the run at once with one processor", async () => {
    const cwd = panics(4);
    const one = args.map((word) => (word === "2" ? "1" : word));
    await refused(one, /Oops: int3: 0000 \[#1\] PREEMPT SMP, Fatal exception\n$/, { cwd, env });
    expect(starts(cwd)).toBe(1);
  });
});
