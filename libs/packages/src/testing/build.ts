import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PackageKind } from "../kind.ts";

/** A path and its content, or where a link of that path leads. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

/** Compressions as the three programs call them. */
export type Packing = "gzip" | "xz" | "zstd";

/** What must be installed to make a package. */
export const TOOLS = { deb: "dpkg-deb", rpm: "rpmbuild", pacman: "tar" } as const;

export type Built = {
  readonly name?: string;
  readonly version?: string;
  /** More fields of a .deb, each a line. */
  readonly control?: string;
};

/**
 * Makes a package below `directory` with the program of its distribution, for Arch Linux with tar, and gives
 * its path.
 */
export function buildPackage(
  kind: PackageKind,
  packing: Packing,
  files: Files,
  directory: string,
  built: Built = {},
): string {
  const work = mkdtempSync(join(directory, `${kind}-`));
  const root = join(work, "root");
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (typeof content === "object" && "link" in content) symlinkSync(content.link, at);
    else writeFileSync(at, content);
  }
  return BUILDERS[kind](work, root, packing, built);
}

/** The same of files that are there: `root` holds boot, lib/modules or usr/lib/modules. */
const BUILDERS: Readonly<
  Record<PackageKind, (work: string, root: string, packing: Packing, built?: Built) => string>
> = {
  deb: (work, root, packing, { name = "linux-image", version = "6.1-1", control = "" } = {}) => {
    mkdirSync(join(root, "DEBIAN"));
    writeFileSync(
      join(root, "DEBIAN/control"),
      `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: me <me@here>\n${control}Description: a kernel\n`,
    );
    const path = join(work, `${name}.deb`);
    run(["dpkg-deb", "--root-owner-group", `-Z${packing}`, "-z1", "--build", root, path]);
    return path;
  },
  rpm: (work, root, packing, { name = "kernel-core", version = "6.1" } = {}) => {
    const spec = [
      `Name: ${name}\nVersion: ${version}\nRelease: 1\nSummary: a kernel\nLicense: GPL\n`,
      "%description\na kernel\n",
      `%install\ncp -a ${root}/. %{buildroot}\n`,
      // Packs the files as they are: strips no symbols, checks no scripts.
      "%global __os_install_post %{nil}\n%global debug_package %{nil}\n%global _build_id_links none\n",
      "%files\n/*\n",
    ].join("\n");
    writeFileSync(join(work, "kernel.spec"), spec);
    const payload = { gzip: "w1.gzdio", xz: "w1.xzdio", zstd: "w1.zstdio" }[packing];
    const defines = [`_topdir ${work}`, `_binary_payload ${payload}`].flatMap((define) => [
      "--define",
      define,
    ]);
    run([
      "rpmbuild",
      "-bb",
      "--nodeps",
      "--target",
      "x86_64",
      ...defines,
      join(work, "kernel.spec"),
    ]);
    return join(work, `RPMS/x86_64/${name}-${version}-1.x86_64.rpm`);
  },
  pacman: (work, root, packing) => {
    writeFileSync(join(root, ".PKGINFO"), "pkgname = linux\n");
    writeFileSync(join(root, ".MTREE"), "");
    const path = join(work, "linux-6.1-1-x86_64.pkg.tar");
    const others = run(["ls", root]).trim().split("\n");
    run(["tar", "-C", root, `--${packing}`, "-cf", path, ".PKGINFO", ".MTREE", ...others]);
    return path;
  },
};

const run = (command: readonly [string, ...string[]]): string =>
  execFileSync(command[0], command.slice(1), {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
