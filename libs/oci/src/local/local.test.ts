import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { scratch } from "@vimto/archive/testing/scratch";
import { pax, type TarField, tar } from "@vimto/archive/testing/tar-builder";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { ImageBuilder, type Json, tagged } from "../testing/image-builder.ts";
import { layoutArchive } from "./archive.ts";
import { type LayoutFiles, layoutDirectory, layoutSource } from "./layout.ts";

const builder = new ImageBuilder();
const first = builder.image([builder.layer(tar({ name: "a" }))]);
const second = builder.image([builder.layer(tar({ name: "b" }))]);

function layout(path: string, manifests: readonly Json[]): LayoutFiles {
  builder.writeLayout(path, manifests);
  return layoutDirectory(path);
}

const top = async (files: LayoutFiles, tag?: string) =>
  (await layoutSource(files, "oci:x", tag, DEFAULT_LIMITS).top()).digest.text;

describe("a layout in a directory", () => {
  test("with one image needs no tag; with several it does", async () => {
    using scratched = scratch();
    expect(await top(layout(scratched.path, [first]))).toBe(String(first.digest));
    const both = layout(scratched.path, [tagged(first, "one"), tagged(second, "two")]);
    expect(await top(both, "two")).toBe(String(second.digest));
    await expect(top(both)).rejects.toMatchObject({
      code: "not-found",
      message: `OCI layout "${scratched.path}" has 2 images: name one by its tag (there is one, two)`,
    });
    await expect(top(both, "three")).rejects.toThrow(
      `OCI layout "${scratched.path}" has no image with the tag "three" (there is one, two)`,
    );
    await expect(top(layout(scratched.path, [first, second]), "x")).rejects.toThrow(
      `OCI layout "${scratched.path}" has no image with the tag "x" (none has a tag)`,
    );
  });

  test("with one image for several platforms needs no tag", async () => {
    using scratched = scratch();
    const on = (image: Json, architecture: string) => ({
      ...image,
      platform: { os: "linux", architecture },
    });
    const files = layout(scratched.path, [on(first, "amd64"), on(second, "arm64")]);
    const source = layoutSource(files, "oci:x", undefined, DEFAULT_LIMITS);
    expect(JSON.parse(Buffer.from((await source.top()).bytes).toString()).manifests).toHaveLength(
      2,
    );
  });

  test("that is no layout, of another version, or damaged", async () => {
    using scratched = scratch();
    const what = `OCI layout "${scratched.path}"`;
    await expect(top(layoutDirectory(scratched.path))).rejects.toThrow(
      `${what} has no "oci-layout"`,
    );
    const files = layout(scratched.path, [first]);
    writeFileSync(join(scratched.path, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
    await expect(top(files)).rejects.toThrow(`${what} is not of layout version 1`);
    layout(scratched.path, [first]);
    writeFileSync(join(scratched.path, "index.json"), "{}");
    await expect(top(files)).rejects.toMatchObject({ code: "manifest" });
    layout(scratched.path, [first]);
    const blob = join(scratched.path, "blobs", String(first.digest).replace(":", "/"));
    writeFileSync(blob, "x".repeat(Number(first.size)));
    await expect(top(files)).rejects.toMatchObject({ code: "digest" });
  });
});

describe("a layout in an archive", () => {
  const index = JSON.stringify({ schemaVersion: 2, manifests: [first] });
  const blobs: TarField[] = [...builder.blobs].map(([digest, bytes]) => ({
    name: `blobs/${digest.replace(":", "/")}`,
    data: bytes,
  }));
  const files: TarField[] = [
    { name: "oci-layout", data: '{"imageLayoutVersion":"1.0.0"}' },
    { name: "blobs/", type: "5" },
    ...blobs,
  ];

  function archive(directory: string, bytes: Uint8Array): LayoutFiles {
    const path = join(directory, "k.tar");
    writeFileSync(path, bytes);
    return layoutArchive(path, DEFAULT_LIMITS);
  }

  test.each([
    ["as skopeo writes it", tar(...files, { name: "index.json", data: index })],
    [
      "with dots",
      tar(...files.map((file) => ({ ...file, name: `./${file.name}` })), {
        name: "./index.json",
        data: index,
      }),
    ],
    ["with pax headers", tar(...files, pax({ path: "index.json" }), { name: "x", data: index })],
    [
      "with GNU's long names",
      tar(...files, { name: "l", type: "L", data: "index.json\0" }, { name: "x", data: index }),
    ],
  ])("%s", async (_, bytes) => {
    using scratched = scratch();
    expect(await top(archive(scratched.path, bytes))).toBe(String(first.digest));
  });

  test("that is missing, a directory or cut", () => {
    using scratched = scratch();
    const path = join(scratched.path, "k.tar");
    expect(() => layoutArchive(path, DEFAULT_LIMITS)).toThrow(`"${path}" cannot be read (ENOENT)`);
    expect(() => layoutArchive(scratched.path, DEFAULT_LIMITS)).toThrow(
      `"${scratched.path}" is not a file`,
    );
    const whole = tar(...files, { name: "index.json", data: "x".repeat(2000) });
    expect(() => archive(scratched.path, whole.subarray(0, -2500))).toThrow(
      `OCI archive "${path}" ends inside "index.json"`,
    );
  });

  test("that is compressed", () => {
    using scratched = scratch();
    expect(() => archive(scratched.path, gzipSync(tar(...files)))).toThrow(
      `OCI archive "${join(scratched.path, "k.tar")}" is compressed: unpack it with gunzip first`,
    );
  });
});
