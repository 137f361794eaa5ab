import { dirname, join } from "node:path";

/** One import of one file; paths are relative to the repository's root. */
export interface Import {
  readonly file: string;
  /** A path for a file of the repository, else what was written: "zod", "node:fs". */
  readonly target: string;
  /** `import type`, which is gone when the program runs. */
  readonly typeOnly: boolean;
}

const SPECIFIER = /(?:\bfrom|\bimport\s*\(|\bimport|\brequire\s*\()\s*(["'])([^"'\n]+)\1/g;
const transpiler = new Bun.Transpiler({ loader: "ts" });

/**
 * The imports of a TypeScript source. `packages` maps the names of workspace packages to their
 * directories.
 */
export function importsOf(
  file: string,
  source: string,
  packages: ReadonlyMap<string, string>,
): Import[] {
  // The transpiler reports what is left when types are gone; the pattern finds the rest.
  const values = new Set(transpiler.scanImports(source).map(({ path }) => path));
  const written = new Set([...source.matchAll(SPECIFIER)].map((match) => match[2] ?? ""));
  return [...values.union(written)].map((specifier) => ({
    file,
    target: resolve(file, specifier, packages),
    typeOnly: !values.has(specifier),
  }));
}

function resolve(file: string, specifier: string, packages: ReadonlyMap<string, string>): string {
  if (specifier.startsWith(".")) return join(dirname(file), specifier);
  const [scope, name] = specifier.split("/");
  return packages.get(`${scope}/${name}`) ?? specifier;
}

/** A rule looks at one import and says nothing when it allows it or has no say in it. */
export type Rule = (found: Import) => boolean;

const within = (directory: string, path: string) =>
  path === directory || path.startsWith(`${directory}/`);

/** Files under `from` import nothing under `to`. */
export const never =
  (from: string, to: string): Rule =>
  ({ file, target }) =>
    within(from, file) && within(to, target);

/** Files under `from` import their own directory and `also`, and nothing else. */
export const only =
  (from: string, also: readonly string[]): Rule =>
  ({ file, target }) =>
    within(from, file) && !within(from, target) && !also.some((to) => within(to, target));

/** Files under `from` import no directory of `others` but their own. */
export const apart =
  (from: string, others: readonly string[]): Rule =>
  ({ file, target }) =>
    within(from, file) && others.some((to) => to !== from && within(to, target));

/**
 * The parts of `root`, lowest first: directories, and files that belong to no directory. Each imports
 * itself and the parts before it, types and code alike; a part that is not in the list imports nothing.
 */
export const layered =
  (root: string, parts: readonly string[]): Rule =>
  ({ file, target }) => {
    if (!within(root, file) || !within(root, target)) return false;
    const at = (path: string) => parts.findIndex((part) => within(join(root, part), path));
    return at(file) === -1 || at(target) === -1 || at(target) > at(file);
  };

/** Files under `from` do not import any of these modules. */
export const without =
  (from: string, modules: readonly string[]): Rule =>
  ({ file, target }) =>
    within(from, file) && modules.includes(target);

/** One line for each import that breaks the rule. */
export function offences(rule: Rule, imports: readonly Import[]): string[] {
  return imports
    .filter(rule)
    .map(({ file, target, typeOnly }) => `${file} imports ${typeOnly ? "types of " : ""}${target}`);
}
