import type { PackageLabel } from "./formats/label.ts";
import type { PackageKind } from "./kind.ts";

/**
 * Whether a package lies beside a named one because both are parts of one kernel: of the same release, build and
 * architecture. Of two packages with the kernel itself, the named one counts.
 */
export function belongsTo(named: PackageLabel, other: PackageLabel, kind: PackageKind): boolean {
  if (other.architecture !== named.architecture) return false;
  if (kind === "deb") return sameDebKernel(named, other);
  return kind === "rpm" && sameRpmKernel(named, other);
}

/** Of Debian and Ubuntu: linux-image, linux-modules and the like have the release behind them. */
function sameDebKernel(named: PackageLabel, other: PackageLabel): boolean {
  const release = DEB_RELEASE.exec(named.name)?.[1];
  if (release === undefined || build(other) !== build(named)) return false;
  // Signed and unsigned, it is the same kernel.
  if (isImage(named) && isImage(other)) return false;
  return (
    /^linux-(?:image|binary|base|modules|main-modules)-/.test(other.name) &&
    other.name.replace(/-unsigned$/, "").endsWith(`-${release}`)
  );
}

const DEB_RELEASE =
  /^linux-(?:image|image-unsigned|binary|base|modules|modules-extra|main-modules-[a-z]+)-([0-9].*?)(?:-unsigned)?$/;

const isImage = ({ name }: PackageLabel): boolean => name.startsWith("linux-image-");

/** What was signed again has "+1" behind its version. */
const build = ({ version }: PackageLabel): string => version.replace(/\+[0-9]+$/, "");

/**
 * Of Fedora and its kin kernel-core and kernel-modules*, of openSUSE kernel-default and what it may lack. A
 * unified image is another form of the same kernel, and wants to be named.
 */
function sameRpmKernel(named: PackageLabel, other: PackageLabel): boolean {
  const own = rpmPart(named.name);
  const found = rpmPart(other.name);
  if (own === undefined || found === undefined) return false;
  if (own.stem !== found.stem || named.version !== other.version) return false;
  if (isModules(found.part)) return true;
  if (isModules(own.part)) return found.part !== "-uki-virt";
  return own.part === "" && found.part === "-core";
}

function rpmPart(name: string): { readonly stem: string; readonly part: string } | undefined {
  const match =
    /^(kernel.*?)(-core|-uki-virt|-modules(?:-[a-z]+)*|-extra|-optional)?$/.exec(name) ?? undefined;
  const [, stem = "", part = ""] = match ?? [];
  return match && { stem, part };
}

const isModules = (part: string): boolean => /^-(?:modules|extra|optional)/.test(part);

/** What the files of such packages are called. */
export const FAMILY_FILES: Readonly<Record<PackageKind, RegExp | undefined>> = {
  deb: /^linux-.*\.deb$/,
  rpm: /^kernel.*\.rpm$/,
  // A package of Arch Linux has the kernel and all of its modules.
  pacman: undefined,
};

/** What to do about a kernel of a package that lacks modules: completes a sentence after "; ". */
export function modulesAdvice(kind: PackageKind, release: string): string | undefined {
  switch (kind) {
    case "deb":
      return `put the package of its modules, linux-modules-${release}, into the directory of this one`;
    case "rpm":
      return "put the packages of its modules, such as kernel-modules-core and kernel-modules of the same version, into the directory of this one";
    default:
      return undefined;
  }
}
