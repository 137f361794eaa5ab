import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skip } from "@vimto/linux/testing/skip";
import { afterAll, expect, test } from "vitest";
import { debian } from "../testing/kernels.ts";
import { staticNodes } from "./static-nodes.ts";

const base = mkdtempSync(join(tmpdir(), "vimto-nodes-"));
afterAll(() => rmSync(base, { recursive: true }));
const tree = (name: string, files: Record<string, string>) => {
  const directory = join(base, name);
  mkdirSync(directory);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  return directory;
};

test("the nodes of modules.devname", () => {
  const text = `# Device nodes to trigger on-demand module loading.
fuse fuse c10:229
tun net/tun c10:200
floppy fd0 b2:0
odd ../../etc/x c1:2
`;
  expect(
    staticNodes(tree("devname", { "modules.devname": text, "modules.order": "a/loop.ko\n" })),
  ).toEqual([
    { name: "fuse", kind: "char", major: 10, minor: 229 },
    { name: "net/tun", kind: "char", major: 10, minor: 200 },
    { name: "fd0", kind: "block", major: 2, minor: 0 },
  ]);
});

test("without it, those of the modules that there are", () => {
  const order =
    "kernel/drivers/block/loop.ko\nkernel/drivers/md/dm-mod.ko\nkernel/x/nvme-loop.ko\n";
  expect(staticNodes(tree("order", { "modules.order": order })).map(({ name }) => name)).toEqual([
    "mapper/control",
    "loop-control",
  ]);
  expect(staticNodes(tree("empty", {}))).toEqual([]);
});

test("they are what depmod says of the same modules", (context) => {
  const depmod = Bun.which("depmod", { PATH: `${process.env.PATH}:/usr/sbin:/sbin` });
  if (depmod === null) skip(context, "there is no depmod (package kmod)");
  const modules = join(debian(context, "debian-6.12"), "lib/modules");
  const [release = ""] = readdirSync(modules);
  const place = join(base, "depmod/lib/modules");
  mkdirSync(place, { recursive: true });
  expect(Bun.spawnSync(["cp", "-a", join(modules, release), place]).exitCode).toBe(0);
  rmSync(join(place, release, "modules.devname"), { force: true });
  const sorted = () =>
    staticNodes(join(place, release)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const before = sorted();
  expect(Bun.spawnSync([depmod, "-b", join(base, "depmod"), release]).exitCode).toBe(0);
  expect(before).toEqual(sorted());
});
