import type { Staging } from "@vimto/store";
import type { Context } from "../context.ts";
import { AptError, asAptError } from "../errors.ts";
import { loadSuite } from "../index/load-suite.ts";
import type { SuiteIndex } from "../index/suite-index.ts";
import { codenamesWithLine, type Distribution, suitesOf } from "../names/distributions.ts";
import { formatKernelName, type KernelName } from "../names/kernel-name.ts";
import { chooseKernel } from "./choose.ts";
import { type ArchiveKernel, poolOf } from "./kernels.ts";

/**
 * Asks the archives for the kernel that a name stands for now.
 * @throws AptError
 */
export async function findKernel(
  name: KernelName,
  context: Context,
  staging: Staging,
): Promise<ArchiveKernel> {
  const { distribution } = name;
  const { architecture } = context;
  if (name.kind === "release") {
    const indexes = await loadRelease(distribution, name.codename, context, staging);
    if (indexes.length === 0) {
      throw new AptError(
        "not-found",
        `the archive of ${distribution} has no release "${name.codename}" for ${architecture}: check the name "${formatKernelName(name)}"`,
      );
    }
    const kernel = chooseKernel(name, architecture, poolOf(indexes));
    if (kernel !== undefined) return kernel;
    throw new AptError(
      "mirror",
      `the archive of ${distribution} lacks the packages that the newest kernel of ${name.codename} is made of: the mirror is half synchronised; try again later, or use another one`,
    );
  }
  const line = name.kind === "line" ? name.line : lineOf(name.release);
  const { first, others } = codenamesWithLine(distribution, line);
  const indexes = [];
  for (const codename of first) {
    indexes.push(...(await loadRelease(distribution, codename, context, staging)));
  }
  const own = chooseKernel(name, architecture, poolOf(indexes));
  if (own !== undefined) return own;
  const problems: string[] = [];
  for (const codename of others) {
    indexes.push(...(await loadOrSkip(distribution, codename, context, staging, problems)));
  }
  const kernel = chooseKernel(name, architecture, poolOf(indexes));
  if (kernel !== undefined) return kernel;
  const skipped = problems.length === 0 ? "" : ` (${problems.join("; ")})`;
  throw new AptError(
    "not-found",
    `the archive of ${distribution} has no kernel "${formatKernelName(name)}" for ${architecture}${skipped}: "vimto kernels ${distribution}" lists what there is`,
  );
}

/** The suites of a release that exist; empty if the release does not exist. */
async function loadRelease(
  distribution: Distribution,
  codename: string,
  context: Context,
  staging: Staging,
): Promise<SuiteIndex[]> {
  const [main = codename, ...more] = suitesOf(distribution, codename);
  const first = await loadSuite({ distribution, name: main }, context, staging);
  if (first === undefined) return [];
  const rest = await Promise.all(
    more.map((name) => loadSuite({ distribution, name }, context, staging)),
  );
  const missing = more.filter((name, at) => rest[at] === undefined && name.endsWith("-security"));
  for (const name of missing) {
    const { host } = new URL(first.base);
    context.note(`there is no ${name} beside ${main} at "${host}": newer kernels may be missing`);
  }
  return [first, ...rest.flatMap((index) => index ?? [])];
}

/** The same, for one release of several, which may fail: then this notes the reason. */
export async function loadOrSkip(
  distribution: Distribution,
  codename: string,
  context: Context,
  staging: Staging,
  problems: string[],
): Promise<SuiteIndex[]> {
  try {
    return await loadRelease(distribution, codename, context, staging);
  } catch (raw) {
    const error = asAptError(raw);
    const passes =
      error instanceof AptError && ["network", "mirror", "expired"].includes(error.code);
    if (!passes) throw error;
    problems.push(error.message);
    context.note(`${codename} is left out: ${error.message}`);
    return [];
  }
}

/** "6.1" of "6.1.0-56-amd64" */
const lineOf = (release: string) => /^[0-9]+\.[0-9]+/.exec(release)?.[0] ?? release;
