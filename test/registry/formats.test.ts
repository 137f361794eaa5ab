import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { scratch } from "../../libs/archive/src/testing/scratch.ts";
import { pull, Store } from "../../libs/oci/src/index.ts";
import { ImageBuilder } from "../../libs/oci/src/testing/image-builder.ts";
import { needPrograms, run } from "./tools.ts";
import { describeTree } from "./trees.ts";

beforeEach((context) => needPrograms(context, "tar"));

/** Files of every kind that archives treat in ways of their own. */
function makeTree(root: string, names: "short" | "long"): void {
  mkdirSync(join(root, "boot"), { recursive: true });
  mkdirSync(join(root, "usr/lib/modules/6.1"), { recursive: true });
  mkdirSync(join(root, "closed"), { mode: 0o755 });
  writeFileSync(join(root, "boot/vmlinuz"), Buffer.alloc(100_001, "kernel"));
  writeFileSync(join(root, "empty"), "");
  writeFileSync(join(root, "closed/file"), "x");
  chmodSync(join(root, "closed/file"), 0o751);
  linkSync(join(root, "boot/vmlinuz"), join(root, "boot/vmlinuz-6.1"));
  symlinkSync("usr/lib", join(root, "lib"));
  symlinkSync("/boot/vmlinuz", join(root, "vmlinuz"));
  if (names === "long") {
    const deep = join(root, "d".repeat(120), "e".repeat(120));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, "f".repeat(200)), "deep");
    symlinkSync("g".repeat(250), join(root, "long-link"));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xfe, 0xff])]), "bytes");
    writeFileSync(join(root, "ünïcödé"), "text");
  }
  chmodSync(join(root, "closed"), 0o555);
}

async function pullLayer(directory: string, layer: Uint8Array, packing: "none" | "gzip" | "zstd") {
  const builder = new ImageBuilder();
  builder.writeLayout(join(directory, "layout"), [builder.image([builder.layer(layer, packing)])]);
  return pull(`oci:${join(directory, "layout")}`, {
    store: new Store(join(directory, "store")),
    platform: { os: "linux", architecture: "amd64" },
  });
}

describe("archives that GNU tar writes become what was archived", () => {
  test.each([
    ["v7", "short", "none"],
    ["ustar", "short", "gzip"],
    ["oldgnu", "long", "zstd"],
    ["gnu", "long", "gzip"],
    ["posix", "long", "zstd"],
  ] as const)("--format=%s", async (format, names, packing) => {
    using scratched = scratch();
    const tree = join(scratched.path, "tree");
    makeTree(tree, names);
    const archive = join(scratched.path, "layer.tar");
    await run(["tar", `--format=${format}`, "-cf", archive, "-C", tree, "."]);
    using image = await pullLayer(scratched.path, readFileSync(archive), packing);
    expect(describeTree(image.directory, { withTimes: true })).toEqual(
      describeTree(tree, { withTimes: true }),
    );
  });

  test.each([
    ["gnu", []],
    ["posix", ["--sparse-version=0.0"]],
    ["posix", ["--sparse-version=0.1"]],
    ["posix", ["--sparse-version=1.0"]],
  ])("sparse files of --format=%s %o", async (format, options) => {
    using scratched = scratch();
    const tree = join(scratched.path, "tree");
    mkdirSync(tree);
    const path = join(tree, "disk");
    await run(["dd", "if=/dev/urandom", `of=${path}`, "bs=4096", "count=1", "status=none"]);
    for (let i = 1; i <= 40; i++) {
      await run([
        "dd",
        "if=/dev/urandom",
        `of=${path}`,
        "bs=4096",
        "count=1",
        `seek=${i * 256}`,
        "conv=notrunc",
        "status=none",
      ]);
    }
    truncateSync(path, 64 * 1024 * 1024);
    writeFileSync(join(tree, "after"), "after");
    const archive = join(scratched.path, "layer.tar");
    await run([
      "tar",
      "--sparse",
      `--format=${format}`,
      ...options,
      "-cf",
      archive,
      "-C",
      tree,
      ".",
    ]);
    expect(statSync(archive).size).toBeLessThan(1024 * 1024);
    using image = await pullLayer(scratched.path, readFileSync(archive), "none");
    expect(describeTree(image.directory)).toEqual(describeTree(tree));
    const blocks = statSync(join(image.directory, "disk")).blocks;
    expect(blocks * 512).toBeLessThan(1024 * 1024);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "device nodes and FIFOs are left out, setuid is dropped",
    async () => {
      using scratched = scratch();
      const tree = join(scratched.path, "tree");
      mkdirSync(tree);
      await run(["mknod", join(tree, "null"), "c", "1", "3"]);
      await run(["mkfifo", join(tree, "pipe")]);
      writeFileSync(join(tree, "su"), "x");
      chmodSync(join(tree, "su"), 0o6755);
      const archive = join(scratched.path, "layer.tar");
      await run(["tar", "-cf", archive, "-C", tree, "."]);
      using image = await pullLayer(scratched.path, readFileSync(archive), "gzip");
      expect(describeTree(image.directory)).toEqual([expect.stringMatching(/^su 755 1 /)]);
    },
  );
});
