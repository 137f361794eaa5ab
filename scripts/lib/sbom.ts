/**
 * sbom.ts VERSION TIME: what is inside vimto besides its own sources, as CycloneDX 1.5: bun, and the npm
 * packages that the applications and libraries depend on, by the versions and digests of bun.lock.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const [version = "", time = "0"] = process.argv.slice(2);

type Packages = Readonly<Record<string, readonly [string, ...unknown[]]>>;
const { default: lock } = await import(join(root, "bun.lock"), { with: { type: "jsonc" } });
const packages: Packages = lock.packages;

const manifest = (path: string) => Bun.file(join(root, path, "package.json")).json();

/** Names of packages, of which those of the workspace stand for what they depend on. */
async function reach(names: readonly string[], found: Set<string>): Promise<Set<string>> {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    const { dependencies = {} } = await manifest(join("node_modules", name));
    await reach(Object.keys(dependencies), found);
  }
  return found;
}

async function component(name: string) {
  const [spec = "", ...rest] = packages[name] ?? [];
  const digest = rest.findLast((part) => typeof part === "string" && part.startsWith("sha512-"));
  if (typeof digest !== "string") throw new Error(`bun.lock has no digest of ${name}`);
  const { license } = await manifest(join("node_modules", name));
  const found = spec.slice(spec.lastIndexOf("@") + 1);
  return {
    type: name === "bun" ? "platform" : "library",
    "bom-ref": `pkg:npm/${name}@${found}`,
    name,
    version: found,
    purl: `pkg:npm/${name.replace("@", "%40")}@${found}`,
    ...(license !== undefined && { licenses: [{ license: { id: license } }] }),
    hashes: [
      {
        alg: "SHA-512",
        content: Buffer.from(digest.slice("sha512-".length), "base64").toString("hex"),
      },
    ],
  };
}

const own = readdirSync(join(root, "libs")).map((name) => `@vimto/${name}`);
const names = [...(await reach(["@vimto/host", "@vimto/init", ...own], new Set(["bun"])))]
  .filter((name) => !name.startsWith("@vimto/"))
  .sort();
const sbom = {
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: {
    timestamp: new Date(Number(time) * 1000).toISOString(),
    component: {
      type: "application",
      "bom-ref": "vimto",
      name: "vimto",
      version,
      licenses: [{ license: { id: "MIT" } }],
    },
  },
  components: await Promise.all(names.map(component)),
  dependencies: [
    { ref: "vimto", dependsOn: (await Promise.all(names.map(component))).map((c) => c["bom-ref"]) },
  ],
};
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`);
