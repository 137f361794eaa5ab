import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { scratch } from "../../libs/archive/src/testing/scratch.ts";
import { type PullOptions, parsePlatform, pull, Store } from "../../libs/oci/src/index.ts";
import { skip } from "../harness/skip.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { needPrograms, run } from "./tools.ts";

// What oras pushes, by oras: hand-made manifests say what their author believes of it.

const unpacked = join(import.meta.dirname, "../../.cache/oras/usr/bin/oras");
const program = Bun.which("oras") ?? (existsSync(unpacked) ? unpacked : undefined);

const place = scratch();
const work = join(place.path, "work");
const store = new Store(join(place.path, "store"));
let registry: Registry | undefined;

beforeAll(async () => {
  mkdirSync(join(work, "boot"), { recursive: true });
  mkdirSync(join(work, "out/lib/modules/6.1"), { recursive: true });
  writeFileSync(join(work, "boot/vmlinuz"), "in boot");
  writeFileSync(join(work, "out/lib/modules/6.1/a.ko"), "module");
  writeFileSync(join(work, "vmlinuz"), "alone");
  writeFileSync(join(work, "Image"), "for arm64");
  if (Bun.which("docker-registry")) registry = await startRegistry(join(place.path, "registry"));
});

afterAll(async () => {
  await registry?.stop();
  place[Symbol.dispose]();
});

/** Runs oras where the files are; "HOST" in its arguments is the registry. */
async function oras(context: TestContext, ...args: readonly string[]): Promise<string> {
  needPrograms(context, "docker-registry");
  if (program === undefined) skip(context, "not installed: oras (run scripts/setup test)");
  const host = registry?.host ?? "";
  return run([program, ...args.map((arg) => arg.replace("HOST", host))], work);
}

/** Files of what vimto pulls, with their content. */
async function pulled(image: string, more: Partial<PullOptions> = {}) {
  const named = image.replace("HOST", registry?.host ?? "").replace("WORK", work);
  const env = { HOME: place.path, PATH: process.env.PATH };
  using kernel = await pull(named, { store, env, platform: parsePlatform("amd64"), ...more });
  const { directory } = kernel;
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map((path) => [path.slice(directory.length + 1), readFileSync(path, "utf8")]),
  );
}

const push = ["push", "--plain-http"] as const;
const inBoot = { "boot/vmlinuz": "in boot" };
const alone = { vmlinuz: "alone" };

describe("oras push", () => {
  test.for([
    ["a directory", ["boot"], inBoot],
    ["a directory with a media type of its own", ["boot:application/vnd.x+tar"], inBoot],
    ["a directory with a media type that is no archive", ["boot:text/plain"], inBoot],
    ["a file", ["vmlinuz"], alone],
    ["a file with a media type of its own", ["vmlinuz:application/vnd.kernel"], alone],
    [
      "an artifact type and annotations",
      ["--artifact-type", "application/vnd.kernel", "--annotation", "a.b=c", "vmlinuz"],
      alone,
    ],
    ["a config of an image", ["--config", "empty.json:CONFIG", "vmlinuz"], alone],
    [
      "files and directories",
      ["boot:application/vnd.x+tar", "out/lib:application/vnd.y+tar", "vmlinuz"],
      { ...inBoot, ...alone, "out/lib/modules/6.1/a.ko": "module" },
    ],
  ] as const)("%s", async ([name, args, files], context) => {
    writeFileSync(join(work, "empty.json"), "{}");
    const tag = name.replaceAll(" ", "-");
    const given = args.map((arg) =>
      arg.replace("CONFIG", "application/vnd.oci.image.config.v1+json"),
    );
    await oras(context, ...push, `HOST/push:${tag}`, ...given);
    expect(await pulled(`HOST/push:${tag}`)).toEqual(files);
  });
});

test("oras push --oci-layout, and oras cp from there to a layout and to a registry", async (context) => {
  await oras(context, "push", "--oci-layout", "layout:dir", "boot:application/vnd.x+tar");
  await oras(context, "push", "--oci-layout", "layout:file", "vmlinuz");
  expect(await pulled("oci:WORK/layout:dir")).toEqual(inBoot);
  expect(await pulled("oci:WORK/layout:file")).toEqual(alone);
  await oras(context, "cp", "--from-oci-layout", "layout:dir", "--to-oci-layout", "copy:dir");
  expect(await pulled("oci:WORK/copy")).toEqual(inBoot);
  await oras(context, "cp", "--from-oci-layout", "layout:file", "--to-plain-http", "HOST/copy:1");
  expect(await pulled("HOST/copy:1")).toEqual(alone);
  await run(["tar", "-cf", "layout.tar", "-C", "layout", "."], work);
  expect(await pulled("oci-archive:WORK/layout.tar:dir")).toEqual(inBoot);
});

test("oras manifest index create, or push of the index that it makes", async (context) => {
  const kernels = { amd64: "vmlinuz", arm64: "Image" };
  for (const [tag, file] of Object.entries(kernels))
    await oras(context, ...push, `HOST/index:${tag}`, file);
  const entries = await Promise.all(
    Object.keys(kernels).map(async (architecture) => ({
      ...JSON.parse(
        await oras(
          context,
          "manifest",
          "fetch",
          "--plain-http",
          "--descriptor",
          `HOST/index:${architecture}`,
        ),
      ),
      platform: { os: "linux", architecture },
    })),
  );
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: entries };
  writeFileSync(join(work, "index.json"), JSON.stringify(index));
  const name = ["--plain-http", "HOST/index:both"];
  await oras(context, "manifest", "push", "--media-type", INDEX, ...name, "index.json");
  expect(await pulled("HOST/index:both")).toEqual(alone);
  const platform = parsePlatform("arm64");
  expect(await pulled("HOST/index:both", { platform })).toEqual({ Image: "for arm64" });

  // oras has this since 1.3, and Debian 13 has 1.2.
  const help = await oras(context, "manifest", "--help");
  if (!/^ +index /m.test(help)) return;
  for (const [architecture, file] of Object.entries(kernels)) {
    const flags = ["--artifact-platform", `linux/${architecture}`];
    await oras(context, ...push, `HOST/index:${architecture}`, file, ...flags);
  }
  await oras(
    context,
    "manifest",
    "index",
    "create",
    "--plain-http",
    "HOST/index:new",
    "amd64",
    "arm64",
  );
  expect(await pulled("HOST/index:new")).toEqual(alone);
  expect(await pulled("HOST/index:new", { platform })).toEqual({ Image: "for arm64" });
  expect(await pulled("HOST/index:amd64")).toEqual(alone);
  await expect(pulled("HOST/index:arm64")).rejects.toThrow(
    /^image ".*\/index:arm64" is not there for linux\/amd64: it has linux\/arm64$/,
  );
});

const INDEX = "application/vnd.oci.image.index.v1+json";
