import { chmodSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { tool } from "@vimto/codec/testing/tools";
import { describe, expect, test } from "vitest";
import { gzipped, ko, latin1 } from "../testing/build.ts";
import { place } from "../testing/place.ts";
import { whileUnreadable } from "../testing/unprivileged.ts";
import { ModuleTree, readModule } from "./tree.ts";

describe("the file of a module", () => {
  const file = ko("a");

  test.for([
    ["as it is", () => file],
    ["with gzip", () => gzipped(file)],
    ["with zstd", () => new Uint8Array(zstdCompressSync(file))],
  ] as const)("is read %s", ([, packed]) => {
    const path = join(place({ "a.ko": packed() }), "a.ko");
    expect(Buffer.compare(readModule(path), file)).toBe(0);
  });

  test("is read with xz", (context) => {
    const packed = tool(context, ["xz", "--check=crc32", "--lzma2=dict=1MiB"], file);
    const path = join(place({ "a.ko.xz": packed }), "a.ko.xz");
    expect(Buffer.compare(readModule(path), file)).toBe(0);
  });

  test.each([
    ["it is neither an ELF file nor compressed", latin1("hello")],
    ["it is neither an ELF file nor compressed", new Uint8Array(0)],
    ["its gzip data is cut", gzipped(file).subarray(0, 100)],
    ["its zstd data is cut", new Uint8Array(zstdCompressSync(file)).subarray(0, 100)],
    ["its xz data is cut", latin1("\xfd7zXZ\0\0\x04")],
    ["its bzip2 data is of a kind that vimto does not unpack", latin1("BZh9")],
  ])("cannot be used: %s", (why, content) => {
    const path = join(place({ "a.ko": content }), "a.ko");
    expect(() => readModule(path)).toThrow(
      `module "${path}" cannot be used: ${why}; install the kernel's modules again`,
    );
  });

  test("cannot be read", () => {
    const directory = place({ "a.ko": file });
    const path = join(directory, "a.ko");
    expect(() => whileUnreadable(path, () => readModule(path))).toThrow(
      `module "${path}" cannot be read (EACCES); install the kernel's modules again`,
    );
    expect(() => readModule(join(directory, "b.ko"))).toThrow(
      `module "${directory}/b.ko" cannot be read (ENOENT); install the kernel's modules again`,
    );
    expect(() => readModule(directory)).toThrow(
      `module "${directory}" cannot be used: it is no regular file; install the kernel's modules again`,
    );
  });
});

describe("a tree", () => {
  test("where depmod has run has the modules of modules.dep and no others", () => {
    const directory = place({
      "modules.dep": "kernel/a-b.ko:\n/elsewhere/c.ko:\n",
      "kernel/a-b.ko": ko("a_b"),
      "kernel/d.ko": ko("d"),
    });
    const tree = new ModuleTree(directory);
    expect(tree.find("a_b")).toBe(join(directory, "kernel/a-b.ko"));
    expect(tree.find("a-b")).toBe(join(directory, "kernel/a-b.ko"));
    expect(tree.find("c")).toBe("/elsewhere/c.ko");
    expect(tree.find("d")).toBeUndefined();
  });

  test("where depmod has not run has those of modules.order, however compressed", () => {
    const directory = place({
      "modules.dep": "",
      "modules.order": "kernel/a.ko\nkernel/b.ko\nkernel/gone.ko\n",
      "kernel/a.ko.xz": "",
      "kernel/b.ko": ko("b"),
      "updates/c.ko.zst": "",
    });
    const tree = new ModuleTree(directory);
    expect(tree.find("a")).toBe(join(directory, "kernel/a.ko.xz"));
    expect(tree.find("b")).toBe(join(directory, "kernel/b.ko"));
    expect(tree.find("c")).toBe(join(directory, "updates/c.ko.zst"));
    expect(tree.find("gone")).toBeUndefined();
  });

  test("of nothing but files is searched, and symlinks to directories are not followed", () => {
    const directory = place({ "kernel/fs/a.ko": ko("a") });
    symlinkSync("..", join(directory, "kernel/build"));
    symlinkSync("fs/a.ko", join(directory, "kernel/linked.ko"));
    const tree = new ModuleTree(directory);
    expect(tree.find("a")).toBe(join(directory, "kernel/fs/a.ko"));
    expect(tree.find("linked")).toBe(join(directory, "kernel/linked.ko"));
    expect(tree.find("b")).toBeUndefined();
  });

  test("tells what is built in, if it tells at all", () => {
    const without = new ModuleTree(place());
    expect([without.listsBuiltin, without.isBuiltin("a")]).toEqual([false, undefined]);
    const tree = new ModuleTree(place({ "modules.builtin": "kernel/a-b.ko\n" }));
    expect([tree.listsBuiltin, tree.isBuiltin("a_b"), tree.isBuiltin("c")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("reads a module once", () => {
    const directory = place({ "a.ko": ko("a", "b") });
    const tree = new ModuleTree(directory);
    const module = tree.read("a");
    rmSync(join(directory, "a.ko"));
    expect(tree.read("a")).toBe(module);
    expect(module.info.depends).toEqual(["b"]);
    expect(() => tree.read("b")).toThrow(`module b is not in "${directory}"`);
  });

  test("that is no directory, or not there, is an error", () => {
    const directory = place({ file: "" });
    expect(() => new ModuleTree(join(directory, "no"))).toThrow(
      `modules directory "${directory}/no" does not exist; check the path`,
    );
    expect(() => new ModuleTree(join(directory, "file"))).toThrow(
      `modules directory "${directory}/file" is not a directory; check the path`,
    );
  });

  test("that may not be read is an error", () => {
    const directory = place({ "modules.dep": "a.ko:\n", "kernel/a.ko": ko("a") });
    expect(() => whileUnreadable(directory, () => new ModuleTree(directory))).toThrow(
      `modules directory "${directory}" cannot be read (EACCES); check the path`,
    );
    const dep = join(directory, "modules.dep");
    chmodSync(directory, 0o755);
    expect(() => whileUnreadable(dep, () => new ModuleTree(directory))).toThrow(
      `"${dep}" cannot be read (EACCES); make it readable`,
    );
  });
});
