import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { resolveInTree, TarDecoder } from "@vimto/archive";
import { scratch } from "@vimto/archive/testing/scratch";
import { type TarField, tar } from "@vimto/archive/testing/tar-builder";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { LayerWriter } from "./layer-writer.ts";

/** Unpacks layers into `directory`/image, beside which `directory`/outside must stay as it is. */
function unpack(directory: string, layers: TarField[][], limits: Partial<Limits> = {}): string {
  const image = join(directory, "image");
  mkdirSync(image);
  mkdirSync(join(directory, "outside"));
  writeFileSync(join(directory, "outside/secret"), "secret");
  const writer = new LayerWriter(image, { ...DEFAULT_LIMITS, ...limits });
  for (const [i, entries] of layers.entries()) {
    if (i > 0) writer.nextLayer();
    const decoder = new TarDecoder(writer, DEFAULT_LIMITS.headerBytes);
    try {
      decoder.push(tar(...entries));
    } finally {
      writer.abandon();
    }
  }
  writer.finish();
  return image;
}

/** The paths below a directory, links with their target. */
function list(directory: string, from = ""): string[] {
  return readdirSync(join(directory, from))
    .sort()
    .flatMap((name) => {
      const path = join(from, name);
      const stat = lstatSync(join(directory, path));
      if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(directory, path))}`];
      return stat.isDirectory() ? [`${path}/`, ...list(directory, path)] : [path];
    });
}

const file = (name: string, data = name): TarField => ({ name, data });
const dir = (name: string, mode = 0o755): TarField => ({ name, type: "5", mode });
const link = (name: string, target: string): TarField => ({ name, type: "2", link: target });
const hard = (name: string, target: string): TarField => ({ name, type: "1", link: target });

describe("what an image becomes", () => {
  test("modes and times are kept; setuid, setgid and device nodes are not", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      [
        { ...dir("d", 0o2555), mtime: 1000 },
        { name: "d/suid", mode: 0o6755, data: "x", mtime: 2000 },
        dir("tmp", 0o1777),
        { name: "null", type: "3" },
        { name: "pipe", type: "6" },
        link("l", "d/suid"),
        hard("h", "d/suid"),
      ],
    ]);
    expect(list(image)).toEqual(["d/", "d/suid", "h", "l -> d/suid", "tmp/"]);
    expect(statSync(join(image, "d")).mode & 0o7777).toBe(0o555);
    expect(statSync(join(image, "d")).mtimeMs).toBe(1_000_000);
    const suid = statSync(join(image, "d/suid"));
    expect([suid.mode & 0o7777, suid.mtimeMs, suid.nlink]).toEqual([0o755, 2_000_000, 2]);
    expect(statSync(join(image, "h")).ino).toBe(suid.ino);
    expect(statSync(join(image, "tmp")).mode & 0o7777).toBe(0o1777);
  });

  test("links on the way are followed inside the image, absolute ones from its root", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      [dir("usr"), dir("usr/lib"), link("lib", "usr/lib"), link("lib64", "/usr/lib")],
      [
        file("lib/a"),
        file("lib64/b"),
        link("up", "../../usr"),
        file("up/lib/c"),
        link("far", "/none"),
      ],
      [file("far/d")],
    ]);
    expect(list(image)).toEqual([
      "far -> /none",
      "lib -> usr/lib",
      "lib64 -> /usr/lib",
      "none/",
      "none/d",
      "up -> ../../usr",
      "usr/",
      "usr/lib/",
      "usr/lib/a",
      "usr/lib/b",
      "usr/lib/c",
    ]);
  });

  test("an entry replaces what has its name, but directories are merged", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      [file("a"), dir("b"), file("b/x"), dir("c"), file("c/x"), link("d", "c"), hard("e", "a")],
      [dir("a"), file("a/y"), file("b"), dir("c", 0o700), file("c/y"), dir("d"), file("e", "new")],
    ]);
    expect(list(image)).toEqual(["a/", "a/y", "b", "c/", "c/x", "c/y", "d/", "e"]);
    expect(statSync(join(image, "c")).mode & 0o777).toBe(0o700);
  });

  test("a file or a link may take the place of directories inside each other", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      [dir("a"), dir("a/b"), dir("a/b/c"), dir("d"), dir("d/e"), dir("f"), dir("f/g")],
      [file("a"), link("d", "f"), link("f", "f")],
    ]);
    expect(list(image)).toEqual(["a", "d -> f", "f -> f"]);
  });

  test("a file behind a hard link is not written through it", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [[file("a", "old"), hard("b", "a")], [file("b", "new")]]);
    expect(readFileSync(join(image, "a"), "utf8")).toBe("old");
  });

  test("names that are not UTF-8 and leading slashes", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [[file("/abs/\xff\xfe"), file("./dot")]]);
    expect(readdirSync(join(image, "abs"), { encoding: "latin1" })).toEqual(["\xff\xfe"]);
    expect(existsSync(join(image, "dot"))).toBe(true);
  });
});

describe("whiteouts", () => {
  const lower = [dir("d"), file("d/a"), dir("d/sub"), file("d/sub/b"), file("keep")];

  test("take away files and directories of the layers below", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      lower,
      [file("d/.wh.a"), file("d/.wh.sub"), file(".wh.none")],
    ]);
    expect(list(image)).toEqual(["d/", "keep"]);
  });

  test.each([
    ["in front of", [file("d/.wh..wh..opq"), file("d/new"), dir("d/sub"), file("d/sub/c")]],
    ["behind", [file("d/new"), dir("d/sub"), file("d/sub/c"), file("d/.wh..wh..opq")]],
  ])("an opaque directory keeps its own layer's files, with the mark %s them", (_, upper) => {
    using scratched = scratch();
    const image = unpack(scratched.path, [lower, upper]);
    expect(list(image)).toEqual(["d/", "d/new", "d/sub/", "d/sub/c", "keep"]);
  });

  test("hide nothing of their own layer, and nothing at all in the first", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      [file("a"), file(".wh.a")],
      [file("b"), file(".wh.b"), file(".wh.a")],
    ]);
    expect(list(image)).toEqual(["b"]);
  });

  test("of AUFS are ignored", () => {
    using scratched = scratch();
    expect(
      list(unpack(scratched.path, [[file("a")], [file(".wh..wh.plnk"), dir(".wh..wh.orph")]])),
    ).toEqual(["a"]);
  });

  test("follow no link out of the image and remove a link, not its target", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      [link("out", "../outside"), link("l", "keep"), file("keep")],
      [file("out/.wh.secret"), file("out/.wh..wh..opq"), file(".wh.l")],
    ]);
    expect(list(image)).toEqual(["keep", "out -> ../outside"]);
    expect(existsSync(join(scratched.path, "outside/secret"))).toBe(true);
  });

  test.each([".wh.", ".wh..", ".wh..."])("%s names no file", (name) => {
    using scratched = scratch();
    expect(() => unpack(scratched.path, [[], [file(name)]])).toThrow(
      `archive entry "${name}" is a whiteout that names no file`,
    );
  });
});

describe("what a hostile image can do: nothing outside of its directory", () => {
  const refused: [string, TarField[][], string][] = [
    ["..", [[file("../evil")]], 'archive entry "../evil" has ".." in its name'],
    [
      ".. in the middle",
      [[file("a/../../evil")]],
      'archive entry "a/../../evil" has ".." in its name',
    ],
    [
      "a hard link to ..",
      [[hard("a", "../outside/secret")]],
      'archive entry "../outside/secret" has ".." in its name',
    ],
    [
      "a hard link through a link",
      [[link("out", "../outside"), hard("a", "out/secret")]],
      'archive entry "a" is a hard link to "out/secret", which is not there',
    ],
    [
      "a hard link to an absolute path",
      [[hard("a", "/etc/passwd")]],
      'archive entry "a" is a hard link to "/etc/passwd", which is not there',
    ],
    [
      "a hard link to a directory",
      [[dir("d"), hard("a", "d")]],
      'archive entry "a" is a hard link to "d", which is a directory',
    ],
    [
      "a hard link to itself",
      [[file("a"), hard("a", "a")]],
      'archive entry "a" is a hard link to "a", which is not there',
    ],
    [
      "a file below a file",
      [[file("a"), file("a/b")]],
      'archive entry "a/b" lies below "a", which is not a directory',
    ],
    [
      "a loop of links",
      [[link("a", "b"), link("b", "a"), file("a/c")]],
      'archive entry "a/c" goes through too many symbolic links',
    ],
    ["a file for a root", [[file("./")]], 'archive entry "./" would replace the root'],
    ["a link to nothing", [[link("a", "")]], 'archive entry "a" is a symbolic link to nothing'],
  ];

  test.each(refused)("%s", (_, layers, sentence) => {
    using scratched = scratch();
    expect(() => unpack(scratched.path, layers)).toThrow(sentence);
    expect(list(scratched.path).filter((path) => !path.startsWith("image"))).toEqual([
      "outside/",
      "outside/secret",
    ]);
    expect(readFileSync(join(scratched.path, "outside/secret"), "utf8")).toBe("secret");
  });

  test("writing through links stays inside", () => {
    using scratched = scratch();
    const outside = join(scratched.path, "outside");
    const image = unpack(scratched.path, [
      [
        link("out", "../outside"),
        file("out/secret", "evil"),
        link("abs", outside),
        file("abs/secret", "evil"),
      ],
      [
        link("file", "../outside/secret"),
        file("file", "evil"),
        link("a", "."),
        link("a/b", "../../outside"),
        file("b/x"),
      ],
    ]);
    expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
    expect(readdirSync(outside)).toEqual(["secret"]);
    expect(existsSync(join(image, "outside/secret"))).toBe(true);
    expect(existsSync(join(image, outside, "secret"))).toBe(true);
  });

  test("a directory that becomes a link is not given a mode through it", () => {
    using scratched = scratch();
    const before = statSync(join(scratched.path)).mode;
    unpack(scratched.path, [[dir("d"), dir("d/outside", 0o777)], [link("d", "..")]]);
    expect(statSync(join(scratched.path, "outside")).mode & 0o777).not.toBe(0o777);
    expect(statSync(scratched.path).mode).toBe(before);
  });

  test("limits of entries and bytes", () => {
    using scratched = scratch();
    expect(() =>
      unpack(scratched.path, [[file("a"), file("b")], [file("c")]], { entries: 2 }),
    ).toThrow("the image has more than 2 files");
    using other = scratch();
    expect(() =>
      unpack(other.path, [[file("a", "12345")], [file("a", "123456")]], { unpackedBytes: 10 }),
    ).toThrow("the image is larger than 10 bytes when unpacked");
  });
});

describe("a file of an image for the host", () => {
  test("is found inside, or not at all", () => {
    using scratched = scratch();
    const image = unpack(scratched.path, [
      [
        dir("boot"),
        file("boot/vmlinuz-6"),
        link("boot/vmlinuz", "vmlinuz-6"),
        link("boot/abs", "/boot/vmlinuz"),
        link("boot/evil", "../../outside/secret"),
        link("boot/shadow", "/etc/passwd"),
        link("loop", "loop"),
        link("lib", "/usr/lib"),
        dir("usr/lib/modules"),
      ],
    ]);
    const kernel = join(image, "boot/vmlinuz-6");
    expect(resolveInTree(image, "boot/vmlinuz")).toBe(kernel);
    expect(resolveInTree(image, "/boot/abs")).toBe(kernel);
    expect(resolveInTree(image, "lib/modules")).toBe(join(image, "usr/lib/modules"));
    expect(resolveInTree(image, "")).toBe(image);
    expect(resolveInTree(image, "boot/evil")).toBeUndefined();
    expect(resolveInTree(image, "boot/shadow")).toBeUndefined();
    expect(resolveInTree(image, "boot/vmlinuz/x")).toBeUndefined();
    expect(() => resolveInTree(image, "loop")).toThrow(
      'archive entry "loop" goes through too many symbolic links',
    );
  });
});
