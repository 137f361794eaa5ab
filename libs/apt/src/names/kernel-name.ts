import { AptError } from "../errors.ts";
import { codenameOf, type Distribution } from "./distributions.ts";

/** What `--kernel` names in an archive. */
export type KernelName = {
  readonly distribution: Distribution;
  /** As written: "cloud", "rt", "hwe"; undefined for the distribution's usual kernel. */
  readonly flavour?: string;
} & (
  | { readonly kind: "release"; readonly codename: string }
  /** The newest of a line, "6.12". */
  | { readonly kind: "line"; readonly line: string }
  /** Exactly this one, as uname -r prints it: "6.1.0-56-amd64". */
  | { readonly kind: "exact"; readonly release: string }
);

const EXAMPLES = {
  debian: "debian:12, debian:bookworm, debian:bookworm/cloud, debian:6.12 or debian:6.1.0-56-amd64",
  ubuntu: "ubuntu:24.04, ubuntu:noble, ubuntu:noble/hwe, ubuntu:6.8 or ubuntu:6.8.0-31-generic",
} as const;

/**
 * Reads the name of a kernel in Debian's or Ubuntu's archive.
 * @returns undefined for text that does not begin with "debian:" or "ubuntu:"
 * @throws AptError "name"
 */
export function parseKernelName(text: string): KernelName | undefined {
  const match = /^(debian|ubuntu):(.*)$/s.exec(text);
  if (!match) return undefined;
  const distribution = match[1] === "debian" ? "debian" : "ubuntu";
  const [what = "", flavour, ...more] = (match[2] ?? "").split("/");
  const unreadable = (problem: string) =>
    new AptError(
      "name",
      `kernel ${JSON.stringify(text)} ${problem}: write ${EXAMPLES[distribution]}`,
    );
  if (what === "") throw unreadable("names no release");
  if (more.length > 0) throw unreadable("has more than one flavour");
  if (flavour !== undefined && !/^[a-z0-9][a-z0-9.-]*$/.test(flavour)) {
    throw unreadable(flavour === "" ? "has an empty flavour" : "has a flavour that cannot be one");
  }
  const with_ = { distribution, ...(flavour === undefined ? {} : { flavour }) } as const;
  const codename = codenameOf(distribution, what);
  if (codename !== undefined) return { ...with_, kind: "release", codename };
  if (/^[0-9]+\.[0-9]+$/.test(what) && !isVersionOf(distribution, what)) {
    return { ...with_, kind: "line", line: what };
  }
  if (/^[0-9]+\.[0-9]+[0-9A-Za-z.+~-]*-[0-9A-Za-z.+~-]+$/.test(what)) {
    if (flavour !== undefined) throw unreadable("has a flavour twice");
    return { distribution, kind: "exact", release: what };
  }
  throw unreadable(`names the release ${JSON.stringify(what)}, which is not known`);
}

/** Ubuntu's versions are a year and a month; no kernel line is that far yet. */
function isVersionOf(distribution: Distribution, text: string): boolean {
  return distribution === "ubuntu" && /^[0-9]{2}\.(?:04|10)$/.test(text);
}

/** One text for all spellings of the same name; the store's name for a kernel. */
export function formatKernelName(name: KernelName): string {
  const what =
    name.kind === "release" ? name.codename : name.kind === "line" ? name.line : name.release;
  const flavour = name.flavour === undefined ? "" : `/${name.flavour}`;
  return `${name.distribution}:${what}${flavour}`;
}
