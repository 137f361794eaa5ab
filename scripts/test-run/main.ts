import { check, vitest } from "./steps.ts";
import { nothing, report, skipsFail, sum, type Tally } from "./tally.ts";

/** Everything, in the order in which a mistake is cheapest to find; a failure ends nothing. */
async function everything(): Promise<Tally> {
  const tallies = [
    await check("lint", ["bun", "run", "--silent", "lint"]),
    await check("types", ["bun", "run", "--silent", "types"]),
    await vitest("unit", []),
    await vitest("registry", []),
  ];
  const build = await check("build", ["scripts/build"]);
  tallies.push(build);
  if (build.failed.length === 0) tallies.push(await vitest("guest", []));
  return sum(tallies);
}

/** The test files whose path contains the pattern; `options` are vitest's. */
async function only(pattern: string, options: readonly string[]): Promise<Tally> {
  const build = await check("build", ["scripts/build"]);
  if (build.failed.length > 0) return build;
  const filter = [pattern, ...options];
  const tally = sum([
    await vitest("unit", filter),
    await vitest("registry", filter),
    await vitest("guest", filter),
  ]);
  const ran = tally.passed + tally.failed.length + tally.skipped.length > 0;
  return ran
    ? tally
    : { ...nothing, failed: [`no test has ${JSON.stringify(pattern)} in its path`] };
}

async function main(args: readonly string[]): Promise<number> {
  const [option, pattern, ...options] = args;
  if (option !== undefined && (option !== "--only" || pattern === undefined)) {
    process.stderr.write("usage: scripts/test [--only PATTERN [VITEST OPTION...]]\n");
    return 2;
  }
  const tally = await (pattern === undefined ? everything() : only(pattern, options));
  const counted = process.env.CI === "true" ? skipsFail(tally) : tally;
  process.stdout.write(report(counted));
  return counted.failed.length > 0 ? 1 : 0;
}

process.exit(await main(process.argv.slice(2)));
