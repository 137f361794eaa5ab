import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { parsePlatform } from "../names/platform.ts";
import { checkPlatform, choosePlatform } from "./choose.ts";
import { type Index, type Manifest, parseConfig, parseManifest } from "./manifest.ts";
import { isTarLayer } from "./media-types.ts";
import { planLayers } from "./plan.ts";

const digest = `sha256:${"0".repeat(64)}`;
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const TAR = "application/vnd.oci.image.layer.v1.tar";
const descriptor = { mediaType: TAR, digest, size: 1 };

const bytes = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const parse = (value: unknown, type?: string) =>
  parseManifest(bytes(value), type, DEFAULT_LIMITS, 'image "a"');

function index(...platforms: (string | undefined)[]): Index {
  const manifests = platforms.map((text) => {
    const platform = text === undefined ? {} : { platform: parsePlatform(text) };
    return { ...descriptor, mediaType: MANIFEST, ...platform };
  });
  const parsed = parse({ schemaVersion: 2, manifests });
  if (parsed.kind !== "index") throw new Error("not an index");
  return parsed;
}

function manifest(layers: object[], configType = CONFIG): Manifest {
  const parsed = parse({
    schemaVersion: 2,
    config: { ...descriptor, mediaType: configType },
    layers,
  });
  if (parsed.kind !== "manifest") throw new Error("not a manifest");
  return parsed;
}

describe("manifests that are refused", () => {
  const config = { ...descriptor, mediaType: CONFIG };
  test.each([
    ["no JSON", "{", 'the manifest of image "a" is not JSON'],
    [
      "bytes that are no text",
      "\ud800",
      'the manifest of image "a" has the media type "", which is neither an image nor an index',
    ],
    [
      "schema 1",
      { schemaVersion: 1, fsLayers: [] },
      'the manifest of image "a" has Docker\'s schema version 1: push the image again with a current tool',
    ],
    [
      "two in one",
      { schemaVersion: 2, manifests: [], layers: [] },
      'the manifest of image "a" has both layers and manifests',
    ],
    [
      "a manifest that says it is an index",
      { schemaVersion: 2, mediaType: INDEX, config, layers: [] },
      `the manifest of image "a" has the media type "${INDEX}", which is neither an image nor an index`,
    ],
    [
      "a negative size",
      { schemaVersion: 2, config, layers: [{ ...descriptor, size: -1 }] },
      'the manifest of image "a" has a wrong value at "layers.0.size": ',
    ],
    [
      "a size with a fraction",
      { schemaVersion: 2, config, layers: [{ ...descriptor, size: 1.5 }] },
      'the manifest of image "a" has a wrong value at "layers.0.size": ',
    ],
    [
      "a digest that leads elsewhere",
      {
        schemaVersion: 2,
        config,
        layers: [{ ...descriptor, digest: `sha256:${"../".repeat(21)}x` }],
      },
      "which has characters other than 0-9 and a-f",
    ],
    [
      "too many layers",
      { schemaVersion: 2, config, layers: Array(257).fill(descriptor) },
      'image "a" has 257 layers: 256 is the most',
    ],
    [
      "no config",
      { schemaVersion: 2, layers: [] },
      'the manifest of image "a" has a wrong value at "config": ',
    ],
  ])("%s", (_, value, sentence) => {
    expect(() => parse(value === "\ud800" ? "[]" : value)).toThrow(sentence);
  });

  test("longer than the limit", () => {
    expect(() =>
      parseManifest(Buffer.alloc(11), undefined, { ...DEFAULT_LIMITS, manifestBytes: 10 }, "it"),
    ).toThrow("the manifest of it is longer than 10 bytes");
  });

  test("another media type than a registry may send", () => {
    expect(parse({ schemaVersion: 2, manifests: [] }, `${INDEX}; charset=utf-8`).kind).toBe(
      "index",
    );
    expect(() => parse({ schemaVersion: 2, manifests: [] }, MANIFEST)).toThrow("which is neither");
  });
});

describe("platforms", () => {
  const choose = (of: Index, wanted: string) =>
    choosePlatform(of, parsePlatform(wanted), 'image "a"').platform?.architecture;

  test("the one that is asked for", () => {
    expect(choose(index("amd64", "arm64"), "arm64")).toBe("arm64");
    expect(choose(index("linux/arm64/v8", "amd64"), "arm64")).toBe("arm64");
    expect(choose(index(undefined), "arm64")).toBeUndefined();
  });

  test("that is missing, with those there are", () => {
    expect(() =>
      choose(index("amd64", "linux/arm/v7", "unknown/unknown", "amd64"), "arm64"),
    ).toThrow(
      expect.objectContaining({
        code: "platform",
        message: 'image "a" is not there for linux/arm64: it has linux/amd64, linux/arm/v7',
      }),
    );
    expect(() => choose(index(), "arm64")).toThrow(
      'image "a" is not there for linux/arm64: it has nothing that names its platform',
    );
  });

  test("of an image without an index", () => {
    const config = parseConfig(bytes({ architecture: "arm64", os: "linux" }), "it");
    expect(() => checkPlatform(config, parsePlatform("amd64"), "it")).toThrow(
      "it is not there for linux/amd64: it has linux/arm64",
    );
    checkPlatform(config, parsePlatform("arm64"), "it");
    checkPlatform(parseConfig(bytes({}), "it"), parsePlatform("amd64"), "it");
  });
});

describe("layers", () => {
  const title = (name: string, more: object = {}) => ({
    ...descriptor,
    annotations: { "org.opencontainers.image.title": name, ...more },
  });
  const plan = (of: Manifest, config = {}) =>
    planLayers(of, config, 'image "a"').map(({ content }) =>
      content.kind === "file" ? content.name : "tar",
    );
  const ARTEFACT = "application/vnd.oci.empty.v1+json";

  test("of images are archives, whatever their title", () => {
    const config = parseConfig(bytes({ rootfs: { diff_ids: [digest, digest] } }), "it");
    expect(plan(manifest([descriptor, title("x")]), config)).toEqual(["tar", "tar"]);
    const odd = { ...title("x"), mediaType: "text/plain" };
    expect(() => plan(manifest([descriptor, odd]), config)).toThrow(
      /^layer 2 of image "a" has the media type "text\/plain", which is no tar archive$/,
    );
  });

  test("of an artefact whose config tells its platform alone", () => {
    const config = parseConfig(bytes({ os: "linux", architecture: "amd64" }), "it");
    expect(plan(manifest([title("vmlinuz"), descriptor]), config)).toEqual(["vmlinuz", "tar"]);
  });

  test("of artefacts are files by title, archives where oras packed a directory", () => {
    const unpack = { "io.deis.oras.content.unpack": "true" };
    const layers = [title("boot/vmlinuz"), title("modules", unpack), descriptor];
    expect(plan(manifest(layers, ARTEFACT))).toEqual(["boot/vmlinuz", "tar", "tar"]);
    const own = { ...title("boot", unpack), mediaType: "application/vnd.x+tar" };
    expect(plan(manifest([own], ARTEFACT))).toEqual(["tar"]);
  });

  test("that are neither", () => {
    const layer = { ...descriptor, mediaType: "application/octet-stream" };
    expect(() => plan(manifest([layer], ARTEFACT))).toThrow(
      'layer 1 of image "a" has the media type "application/octet-stream", which is no tar archive, and no title to store it under',
    );
    expect(() => plan(manifest([title("")], ARTEFACT))).toThrow(
      'layer 1 of image "a" has an empty title',
    );
  });

  test("that the config does not know", () => {
    const config = parseConfig(bytes({ rootfs: { diff_ids: [digest] } }), "it");
    expect(() => plan(manifest([]), config)).toThrow('image "a" has 0 layers and a config for 1');
  });

  test.each([
    TAR,
    `${TAR}+gzip`,
    `${TAR}+zstd`,
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  ])("%s is an archive", (mediaType) => expect(isTarLayer(mediaType)).toBe(true));

  test.each(["application/vnd.in-toto+json", `${TAR}+xz`, `x${TAR}`, "text/plain"])(
    "%s is not accepted",
    (mediaType) => {
      expect(isTarLayer(mediaType)).toBe(false);
    },
  );
});
