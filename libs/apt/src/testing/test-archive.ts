import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { skip } from "@vimto/linux/testing/skip";
import { afterAll, beforeAll, beforeEach, type TestContext } from "vitest";

/** A package to make: control fields besides the usual ones, and files by their path. */
export type TestPackage = {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly packing?: "xz" | "zstd" | "gzip";
};

const TOOLS = ["dpkg-deb", "apt-ftparchive", "gpg", "gpgv"];

/** Ends the test as skipped unless the programs that make archives are there. */
function needTools(context: TestContext): void {
  for (const program of TOOLS)
    if (Bun.which(program) === null) skip(context, `${program} is not installed`);
}

function run(command: string[], cwd: string, env: Record<string, string> = {}): Buffer {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    cwd,
    env: { ...process.env, ...env },
  });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
  return stdout;
}

/** An archive in a directory, made by dpkg-deb, apt-ftparchive and gpg with a key of its own. */
export class TestArchive {
  readonly directory: string;
  readonly keyring: string;
  readonly #home: string;

  constructor(directory: string) {
    this.directory = join(directory, "archive");
    this.#home = join(directory, "gnupg");
    this.keyring = join(directory, "keyring.gpg");
    mkdirSync(this.directory, { recursive: true });
    mkdirSync(this.#home, { mode: 0o700 });
    const algorithm = ["Test archive <test@example>", "ed25519", "sign", "never"];
    this.#gpg("--batch", "--passphrase", "", "--quick-generate-key", ...algorithm);
    writeFileSync(this.keyring, this.#gpg("--export"));
  }

  /** Ends the agent that gpg has started. */
  close(): void {
    run(["gpgconf", "--kill", "all"], this.directory, { GNUPGHOME: this.#home });
  }

  /** Makes a suite of these packages, or makes it anew. Later changes to other suites leave it alone. */
  suite(
    suite: string,
    packages: readonly TestPackage[],
    more: Readonly<Record<string, string>> = {},
  ) {
    const pool = `pool/${suite}`;
    mkdirSync(join(this.directory, pool), { recursive: true });
    for (const one of packages) this.#package(pool, one);
    const dists = join(this.directory, "dists", suite);
    rmSync(dists, { recursive: true, force: true });
    const list = run(["apt-ftparchive", "packages", pool], this.directory);
    this.write(`dists/${suite}/main/binary-amd64/Packages`, list);
    for (const packer of ["xz", "gzip"]) {
      run([packer, "--keep", join(dists, "main/binary-amd64/Packages")], this.directory);
    }
    const fields = {
      Origin: "Debian",
      Suite: suite,
      Codename: suite,
      Architectures: "amd64",
      ...more,
    };
    const options = Object.entries({ ...fields, Components: "main" }).flatMap(([key, value]) => [
      "-o",
      `APT::FTPArchive::Release::${key}=${value}`,
    ]);
    const text = run(["apt-ftparchive", ...options, "release", dists], this.directory).toString();
    this.sign(suite, `Acquire-By-Hash: yes\n${text}`);
  }

  /** Signs a Release file and puts it in its place. */
  sign(suite: string, text: string): void {
    const release = join(this.directory, "dists", suite, "Release");
    writeFileSync(release, text);
    const signed = this.#gpg("--batch", "--clearsign", "--output", "-", release);
    this.write(`dists/${suite}/InRelease`, signed);
  }

  write(path: string, bytes: Uint8Array | string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), bytes);
  }

  read(path: string): Buffer | undefined {
    const file = join(this.directory, path);
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : undefined;
  }

  /** The file of a directory with this SHA256, as by-hash wants it. */
  byHash(directory: string, hex: string): Buffer | undefined {
    const path = join(this.directory, directory);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
    return readdirSync(path)
      .map((name) => this.read(join(directory, name)))
      .find((bytes) => bytes && new Bun.CryptoHasher("sha256").update(bytes).digest("hex") === hex);
  }

  #package(
    pool: string,
    { name, version, depends, files = {}, packing = "xz" }: TestPackage,
  ): void {
    const root = join(this.directory, "../build", name);
    rmSync(root, { recursive: true, force: true });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    mkdirSync(join(root, "DEBIAN"), { recursive: true });
    const control = [
      `Package: ${name}`,
      `Version: ${version}`,
      "Architecture: amd64",
      "Maintainer: Test <test@example>",
      ...(depends === undefined ? [] : [`Depends: ${depends}`]),
      "Description: for tests",
      "",
    ];
    writeFileSync(join(root, "DEBIAN/control"), control.join("\n"));
    const deb = join(this.directory, pool, `${name}_${version}_amd64.deb`);
    run(["dpkg-deb", "--root-owner-group", `-Z${packing}`, "--build", root, deb], this.directory);
  }

  #gpg(...args: string[]): Buffer {
    return run(["gpg", "--quiet", ...args], this.directory, { GNUPGHOME: this.#home });
  }
}

/** An archive with these suites for all tests of a file. They are skipped without the programs that make it. */
export function archiveOfFile(
  suites: Readonly<Record<string, readonly TestPackage[]>>,
): () => TestArchive {
  let place: ReturnType<typeof scratch> | undefined;
  let made: TestArchive | undefined;
  beforeAll(() => {
    if (TOOLS.some((name) => Bun.which(name) === null)) return;
    place = scratch();
    made = new TestArchive(place.path);
    for (const [suite, packages] of Object.entries(suites)) made.suite(suite, packages);
  });
  afterAll(() => {
    made?.close();
    place?.[Symbol.dispose]();
  });
  beforeEach((context) => needTools(context));
  return () => {
    if (made === undefined) throw new Error("no archive");
    return made;
  };
}
