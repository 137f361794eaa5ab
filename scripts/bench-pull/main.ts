// main.ts [ROUNDS]: a 300 MB image from a registry on loopback, pulled by libs/oci, and copied by skopeo
// and unpacked by umoci, in turns. Prints medians of wall time and the peak memory of each process.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../libs/archive/src/tree/remove-tree.ts";
import { startRegistry } from "../../test/registry/registry.ts";
import { run } from "../../test/registry/tools.ts";
import { benchImage, rootless } from "./image.ts";

type Measured = { readonly seconds: number; readonly peakMiB: number };

const cache = join(import.meta.dir, "../../.cache/bench-pull");
const rounds = Number(process.argv[2] ?? 5);

async function measure(command: readonly string[]): Promise<Measured> {
  const start = performance.now();
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [stderr, status] = await Promise.all([child.stderr.text(), child.exited]);
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
  return { seconds, peakMiB: (child.resourceUsage()?.maxRSS ?? 0) / 2 ** 20 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(name: string, measured: readonly Measured[]): void {
  const seconds = median(measured.map((each) => each.seconds)).toFixed(2);
  const peak = Math.max(...measured.map((each) => each.peakMiB)).toFixed(0);
  process.stdout.write(`${name.padEnd(24)} ${seconds.padStart(7)} s ${peak.padStart(6)} MiB\n`);
}

const layout = await benchImage(cache);
const work = mkdtempSync(join(cache, "run-"));
const registry = await startRegistry(join(work, "registry"));
try {
  const remote = `${registry.host}/bench/kernel:v1`;
  await run([
    "skopeo",
    "copy",
    "--dest-tls-verify=false",
    `oci:${layout}:bench`,
    `docker://${remote}`,
  ]);
  const ours: Measured[] = [];
  const skopeo: Measured[] = [];
  const umoci: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    const store = join(work, "store");
    ours.push(
      await measure([process.execPath, join(import.meta.dir, "pull-once.ts"), remote, store]),
    );
    removeTree(store);
    const copy = join(work, "copy");
    const bundle = join(work, "bundle");
    skopeo.push(
      await measure([
        "skopeo",
        "copy",
        "--src-tls-verify=false",
        `docker://${remote}`,
        `oci:${copy}:v1`,
      ]),
    );
    umoci.push(await measure(["umoci", "unpack", ...rootless(), "--image", `${copy}:v1`, bundle]));
    removeTree(copy);
    removeTree(bundle);
  }
  const both = skopeo.map((each, i) => ({
    seconds: each.seconds + (umoci[i]?.seconds ?? 0),
    peakMiB: Math.max(each.peakMiB, umoci[i]?.peakMiB ?? 0),
  }));
  report("vimto's pull", ours);
  report("skopeo copy", skopeo);
  report("umoci unpack", umoci);
  report("skopeo and umoci", both);
} finally {
  await registry.stop();
  removeTree(work);
}
