import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tar } from "../../libs/archive/src/testing/tar-builder.ts";
import { ImageBuilder, type Json, tagged } from "../../libs/oci/src/testing/image-builder.ts";
import {
  compare,
  emptyDirectory,
  executable,
  needs,
  Pty,
  Running,
  root,
  vimto,
} from "../harness/index.ts";
import { type Registry, startRegistry } from "../registry/registry.ts";
import { needPrograms, run } from "../registry/tools.ts";

const tree = join(root, ".cache/kernels/debian-6.12");
const programs = ["docker-registry", "skopeo", "tar", "depmod"];
const there = existsSync(tree) && programs.every((program) => Bun.which(program) !== null);

beforeEach((context) => {
  needPrograms(context, ...programs);
  needs(context, there, "there is no .cache/kernels/debian-6.12: run scripts/setup test");
});

/** Files of the images that the host does not have; the tool is a link that leads out on the host. */
const extra = tar(
  { name: "opt/image/hello", data: "hello of the image\n" },
  { name: "opt/image/tool", data: "#!/bin/sh\necho tool $1\n", mode: 0o755 },
);
const small = tar({ name: "boot/vmlinuz", type: "2", link: "/etc/passwd" });

let registry: Registry;
let work = "";
let release = "";
let layout = "";
/** The cache that guests of these tests share: an image is the same however it came. */
let warm = "";

/** An OCI layout with every image, and a registry with the same by skopeo. */
beforeAll(async () => {
  if (!there) return;
  work = emptyDirectory("images");
  layout = join(work, "layout");
  warm = newCache();
  release = readdirSync(join(tree, "lib/modules"))[0] ?? "";
  const builder = new ImageBuilder();
  const image = async (tag: string, ...options: string[]): Promise<Json> => {
    const file = join(work, `${tag}.tar`);
    await run(["tar", "-C", tree, ...options, "-cf", file, "boot", "lib"]);
    const layers = [readFileSync(file), extra];
    if (tag === "upstream") layers.push(tar({ name: "lib", type: "2", link: "usr/lib" }));
    rmSync(file);
    return tagged(builder.image(layers.map((layer) => builder.layer(layer, "zstd"))), tag);
  };
  const images = [
    await image("6.12"),
    await image("upstream", "--transform=s,^lib,usr/lib,", "--transform=s,vmlinuz-.*,vmlinuz,"),
    tagged(builder.image([builder.layer(small)]), "astray"),
    tagged(builder.image([builder.layer(small)], { architecture: "arm64" }), "arm"),
  ];
  builder.writeLayout(layout, images);
  registry = await startRegistry(join(work, "registry"));
  for (const tag of ["6.12", "astray", "arm"])
    await run([
      ...["skopeo", "copy", "--dest-tls-verify=false"],
      ...[`oci:${layout}:${tag}`, `docker://${named(tag)}`],
    ]);
});

afterAll(() => registry?.stop());

const named = (tag: string) => `localhost:${registry.host.split(":")[1]}/kernels/debian:${tag}`;
const newCache = () => emptyDirectory("image-cache");

/** What is seen of an image in a guest: its kernel, its files and its modules. */
const look = [
  "uname -r",
  "cat /opt/image/hello",
  "/opt/image/tool works",
  "modprobe dummy && ls -d /sys/module/dummy",
  "ls -d /lib/modules/$(uname -r)/kernel",
].join("; ");
const seen = () =>
  [
    release,
    "hello of the image",
    "tool works",
    "/sys/module/dummy",
    `/lib/modules/${release}/kernel`,
    "",
  ].join("\n");
const runIn = (kernel: string, cache: string, ...flags: readonly string[]) =>
  vimto(["--kernel", kernel, ...flags, "--sudo", "exec", "--", "sh", "-c", look], { cache });

describe("a kernel image", () => {
  test("of a registry boots, and again from the cache when the registry is gone", async () => {
    const cache = warm;
    // The same blobs, and a log of its own.
    const place = emptyDirectory("registry");
    symlinkSync(join(work, "registry/data"), join(place, "data"));
    const own = await startRegistry(place);
    const kernel = named("6.12").replace(
      registry.host.split(":")[1] ?? "",
      own.host.split(":")[1] ?? "",
    );
    try {
      compare(await runIn(kernel, cache), {
        stdout: seen(),
        stderr: new RegExp(
          [
            `^pulling ${kernel}: 2 layers, [0-9.]+ MB`,
            "layer [12] of 2 fetched: sha256:[0-9a-f]{12}, [0-9.]+ .*",
            "(?:layer .*\n)+layer [12] of 2 unpacked",
            `pulled ${kernel} \\(sha256:[0-9a-f]{64}\\), [0-9.]+ MB unpacked\n$`,
          ].join("\n"),
        ),
      });
    } finally {
      await own.stop();
    }
    compare(await runIn(kernel, cache), { stdout: seen() });
    compare(await runIn(kernel, cache, "--pull", "always"), {
      stdout: seen(),
      stderr: `using ${kernel} as it was pulled before: cannot reach "${kernel.split("/")[0]}": the connection was refused\n`,
    });
    compare(await vimto(["images"], { cache }), {
      stdout: new RegExp(
        `^IMAGE +DIGEST +PLATFORM +SIZE  LAST USE\n${kernel}  sha256:[0-9a-f]{12}  linux/amd64  \\d+ MiB  just now\n$`,
      ),
    });
  });

  test("of an OCI layout boots without a registry, in the layout that other tools make", async () => {
    compare(await runIn(`oci:${layout}:upstream`, newCache(), "--quiet"), { stdout: seen() });
  });

  test("of which the configuration names the tag", async () => {
    const cwd = emptyDirectory("configured");
    await Bun.write(join(cwd, ".vimto.toml"), `kernel = "${named("none")}"\n`);
    const args = ["--kernel", ":6.12", "--quiet", "exec", "uname", "-r"];
    compare(await vimto(args, { cache: warm, cwd }), { stdout: `${release}\n` });
  });

  test("is held as long as its machine runs", async () => {
    const cache = warm;
    const kernel = `oci:${layout}:6.12`;
    const command = ["exec", "--", "sh", "-c", "echo up; read line; cat /opt/image/hello"];
    const running = new Running(["--kernel", kernel, "--quiet", ...command], {
      cache,
      stdin: "pipe",
    });
    try {
      await running.stdout.find(/up\n/);
      compare(await vimto(["flush-cache"], { cache }), { stdout: /, \d+ in use\n$/ });
      const { stdin } = running.process;
      if (typeof stdin !== "object") throw new Error("stdin is no pipe");
      await stdin.write("\n");
      await stdin.end();
      compare(await running.result(), { stdout: "up\nhello of the image\n" });
      await running.leavesNothing();
    } finally {
      running.kill();
    }
  });
});

describe("vimto pull", () => {
  test("takes an archive, and says so when nothing is new", async () => {
    const cache = newCache();
    const image = `oci-archive:${join(work, "archive.tar")}`;
    await run(["skopeo", "copy", `oci:${layout}:astray`, image]);
    compare(await vimto(["pull", image], { cache }), {
      stderr:
        /^pulling oci-archive:.*: 1 layer, [0-9]+ B\n(?:layer .*\n)+pulled oci-archive:.* unpacked\n$/,
    });
    compare(await vimto(["pull", named("astray"), "--quiet"], { cache }), {});
    compare(await vimto(["pull", named("astray")], { cache }), {
      stderr: new RegExp(`^${named("astray")} is in the cache \\(sha256:[0-9a-f]{64}\\)\n$`),
    });
  });

  test("takes the platform that --arch names", async () => {
    const cache = newCache();
    compare(await vimto(["pull", named("arm"), "--quiet"], { cache }), {
      stderr: `vimto: image "${named("arm")}" is not there for linux/amd64: it has linux/arm64\n`,
      status: 125,
    });
    compare(await vimto(["pull", "--arch", "arm64", named("arm"), "--quiet"], { cache }), {});
    compare(await vimto(["images"], { cache }), { stdout: / {2}linux\/arm64 {2}/ });
  });

  test("draws a bar on a terminal", async () => {
    const env = { ...process.env, XDG_CACHE_HOME: newCache() };
    const pty = new Pty([executable, "pull", named("astray")], { cwd: work, env });
    await pty.find(/\[K *\d+% .* of 1 layers unpacked/);
    await pty.find(/pulled .* unpacked/);
    expect(await pty.exited).toBe(0);
  });

  test("that is interrupted leaves the cache whole", async () => {
    const cache = newCache();
    const real = `http://${registry.host}`;
    const begun = Promise.withResolvers<void>();
    // Gives no more than the beginning of a large blob.
    const slow = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        const answer = await fetch(real + pathname, { headers: request.headers });
        if (Number(answer.headers.get("content-length")) < 1_000_000) return answer;
        const reader = answer.body?.getReader();
        const { value } = (await reader?.read()) ?? {};
        await reader?.cancel();
        begun.resolve();
        const body = new ReadableStream({ start: (controller) => controller.enqueue(value) });
        return new Response(body, { headers: answer.headers });
      },
    });
    try {
      const image = `localhost:${slow.port}/kernels/debian:6.12`;
      for (const args of [
        ["pull", image],
        ["--kernel", image, "exec", "true"],
      ]) {
        const running = new Running(args, { cache });
        await begun.promise;
        await running.stderr.find(/pulling/);
        running.process.kill("SIGINT");
        compare(await running.result(), {
          stderr: /\nvimto: the pull was ended by SIGINT\n$/,
          status: 130,
        });
        await running.leavesNothing();
        expect(readdirSync(join(cache, "vimto/images/staging"))).toEqual([]);
      }
    } finally {
      await slow.stop(true);
    }
    compare(await vimto(["images"], { cache }), { stdout: /^no images in .*\n$/ });
    compare(await vimto(["pull", named("6.12"), "--quiet"], { cache }), {});
  });
});

describe("an image that cannot be had", () => {
  const refused = async (flags: readonly string[], sentence: string, cwd = work) => {
    const result = await vimto([...flags, "--quiet", "exec", "true"], { cache: newCache(), cwd });
    compare(result, { stderr: `vimto: ${sentence}\n`, status: 125 });
  };

  test("since it may not be pulled", () =>
    refused(
      ["--kernel", named("6.12"), "--pull", "never"],
      `image "${named("6.12")}" is not in the cache for linux/amd64, and the pull policy "never" keeps it from being fetched`,
    ));

  test("since the registry has no such tag", () =>
    refused(
      ["--kernel", named("none")],
      `registry "localhost:${registry.host.split(":")[1]}" has no tag "none" in "kernels/debian": manifest unknown`,
    ));

  test("since it is no name of one, nor of a file", () =>
    refused(
      ["--kernel", "bzImage"],
      `kernel "bzImage" was taken for an image, as there is no file or directory "${work}/bzImage": image "bzImage" has upper case letters in its repository: write "library/bzimage"`,
    ));

  test("since it has no kernel but a link that leads out of it", () =>
    refused(
      ["--kernel", named("astray")],
      `image "${named("astray")}" has no kernel: vimto looks for boot/vmlinuz, boot/vmlinux, boot/vmlinuz-VERSION, lib/modules/VERSION/vmlinuz, arch/*/boot/bzImage and Image, and for vmlinuz, bzImage, Image, vmlinux and *.efi, packed or not; name a kernel file or another directory`,
    ));
});
