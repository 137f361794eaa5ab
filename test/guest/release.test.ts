import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { emptyDirectory, leftFiles, needs, root } from "../harness/index.ts";

const cpu = process.arch === "arm64" ? "aarch64" : "x86_64";
const target = `${cpu}-unknown-linux-gnu`;
const version = "7.8.9";
const name = `vimto-v${version}-${target}`;
const inRepository = existsSync(join(root, ".git"));

const from = "https://releases.invalid/download";

/** Nothing of the user's: a configuration that signs commits or has hooks would be another test. */
const environment = {
  ...process.env,
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_CONFIG_GLOBAL: join(emptyDirectory("git"), "config"),
  GIT_AUTHOR_NAME: "t",
  GIT_AUTHOR_EMAIL: "t@example.org",
  GIT_COMMITTER_NAME: "t",
  GIT_COMMITTER_EMAIL: "t@example.org",
};
// The checkout may be another user's; git takes this from a file alone (git-config, safe.directory).
writeFileSync(environment.GIT_CONFIG_GLOBAL, "[safe]\n\tdirectory = *\n");

/** A clone of this commit, and one on top that is tagged as the version. */
function tagged(): string {
  const clone = join(emptyDirectory("tagged"), "vimto");
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: clone, encoding: "utf8", env: environment });
  execFileSync("git", ["clone", "-q", "--no-tags", root, clone], { env: environment });
  const changed = git("ls-files", "*package.json").trim().split("\n");
  for (const file of [...changed, "CHANGELOG.md"]) {
    const text = readFileSync(join(clone, file), "utf8")
      .replace(/^ {2}"version": ".*"/m, `  "version": "${version}"`)
      .replace(/^## .*/m, `## ${version}`);
    writeFileSync(join(clone, file), text);
  }
  git("commit", "-q", "-a", "-m", "A release");
  git("tag", `v${version}`);
  return clone;
}

/** Builds a release of the clone's commit, in a directory of its own. */
function released(of: string, place: string): string {
  const clone = join(emptyDirectory("released"), place);
  execFileSync("git", ["clone", "-q", of, clone], { env: environment });
  symlinkSync(join(root, ".cache"), join(clone, ".cache"));
  const options = ["--from", from, "--only", target, "--level", "0"];
  execFileSync(join(clone, "scripts/release"), options, { stdio: "pipe", env: environment });
  return join(clone, "dist/release");
}

let source = "";
let release = "";
beforeAll(() => {
  if (!inRepository) return;
  source = tagged();
  release = released(source, "vimto");
});

test("a release is the same byte for byte from two directories, and has all that it should", (context) => {
  needs(context, inRepository, "there is no commit to release");
  const sums = readFileSync(join(release, "SHA256SUMS"), "utf8");
  expect(readFileSync(join(released(source, "deeper/another"), "SHA256SUMS"), "utf8")).toBe(sums);
  const deb = `vimto_7.8.9_${cpu === "x86_64" ? "amd64" : "arm64"}.deb`;
  const files = ["install.sh", `${name}.tar.xz`, "vimto-v7.8.9.cdx.json", deb];
  expect(readdirSync(release).sort()).toEqual([...files, "SHA256SUMS"].sort());
  expect(
    sums
      .replaceAll(/^[0-9a-f]{64} {2}/gm, "")
      .trimEnd()
      .split("\n")
      .sort(),
  ).toEqual(files.sort());
  expect(execFileSync("tar", ["-tf", join(release, `${name}.tar.xz`)], { encoding: "utf8" })).toBe(
    ["", "CHANGELOG.md", "LICENSE", "README.md", "completions/", "completions/_vimto"]
      .concat(["completions/vimto.bash", "completions/vimto.fish", "vimto", "vimto.1"])
      .map((file) => `${name}/${file}\n`)
      .join(""),
  );
  const sbom = JSON.parse(readFileSync(join(release, "vimto-v7.8.9.cdx.json"), "utf8"));
  expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5" });
  const names = sbom.components.map((component: { name: string }) => component.name);
  expect(names).toEqual(["bun", "cac", "smol-toml", "zod"]);
});

test("the package for Debian installs and goes without a trace", (context) => {
  needs(context, inRepository, "there is no commit to release");
  needs(context, process.getuid?.() === 0, "dpkg wants root");
  const system = emptyDirectory("system");
  mkdirSync(join(system, "var/lib/dpkg/info"), { recursive: true });
  mkdirSync(join(system, "var/lib/dpkg/updates"));
  writeFileSync(join(system, "var/lib/dpkg/status"), "");
  const deb = readdirSync(release).find((file) => file.endsWith(".deb")) ?? "";
  const dpkg = (...args: string[]) =>
    execFileSync("dpkg", [`--root=${system}`, "--force-depends", "--log=/dev/null", ...args], {
      stdio: "pipe",
    });
  const field = (of: string) =>
    execFileSync("dpkg-deb", ["-f", join(release, deb), of], { encoding: "utf8" });
  expect(field("Depends")).toMatch(/\bqemu-system-(?:x86|arm)\b/);
  expect(field("Suggests")).toMatch(/\bvirtiofsd\b/);
  dpkg("-i", join(release, deb));
  const version = execFileSync(join(system, "usr/bin/vimto"), ["--version"], { encoding: "utf8" });
  expect(version).toMatch(/^vimto 7\.8\.9\n/);
  expect(leftFiles(join(system, "usr"))).toEqual([
    "bin/vimto",
    "share/bash-completion/completions/vimto",
    "share/doc/vimto/README.md",
    "share/doc/vimto/changelog.gz",
    "share/doc/vimto/copyright",
    "share/fish/vendor_completions.d/vimto.fish",
    "share/man/man1/vimto.1.gz",
    "share/zsh/vendor-completions/_vimto",
  ]);
  dpkg("-r", "vimto");
  expect(existsSync(join(system, "usr/bin/vimto"))).toBe(false);
});

describe("install.sh", () => {
  type Changed = (file: string) => Response | undefined;

  /** A server on loopback with the release; `changed` answers for some files. It also is a proxy. */
  function server(changed: Changed = () => undefined): { url: string; asked: string[] } {
    const asked: string[] = [];
    const serving = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) => {
        asked.push(url);
        const file = url.slice(url.lastIndexOf("/") + 1);
        return changed(file) ?? new Response(Bun.file(join(release, file)));
      },
    });
    onTestFinished(() => serving.stop(true));
    return { url: `http://127.0.0.1:${serving.port}`, asked };
  }

  /** Runs it for a new user; resolves to what was said, and what of that user is on disk. */
  async function install(
    from: string,
    env: Record<string, string> = {},
    home = emptyDirectory("home"),
  ) {
    const child = Bun.spawn(["sh", join(root, "scripts/install.sh")], {
      env: { PATH: process.env.PATH, HOME: home, VIMTO_FROM: from, ...env },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return {
      status,
      stdout: stdout.replaceAll(home, "HOME"),
      stderr,
      files: leftFiles(home),
      home,
    };
  }

  const everything = [
    ".local/bin/vimto",
    ".local/share/bash-completion/completions/vimto",
    ".local/share/fish/vendor_completions.d/vimto.fish",
    ".local/share/man/man1/vimto.1",
    ".local/share/zsh/site-functions/_vimto",
  ];

  test("installs the latest release", async (context) => {
    needs(context, inRepository, "there is no commit to release");
    const { home, ...found } = await install(server().url);
    expect(found).toEqual({
      status: 0,
      stdout:
        "vimto 7.8.9 is installed in HOME/.local/bin\n" +
        'It is not in your PATH yet; write: export PATH="HOME/.local/bin:$PATH"\n',
      stderr: "",
      files: everything,
    });
    expect(
      execFileSync(join(home, ".local/bin/vimto"), ["--version"], { encoding: "utf8" }),
    ).toMatch(/^vimto 7\.8\.9\n/);
  });

  test("takes the place of an older one", async (context) => {
    needs(context, inRepository, "there is no commit to release");
    const home = emptyDirectory("home");
    const bin = join(home, ".local/bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "vimto"), "#!/bin/sh\necho vimto 0.0.1\n");
    chmodSync(join(bin, "vimto"), 0o755);
    const { stdout, status } = await install(
      server().url,
      { PATH: `${process.env.PATH}:${bin}` },
      home,
    );
    expect({ stdout, status }).toEqual({
      stdout: "vimto 7.8.9 is installed in HOME/.local/bin, in place of vimto 0.0.1\n",
      status: 0,
    });
  });

  test("goes through a proxy", async (context) => {
    needs(context, inRepository, "there is no commit to release");
    const proxy = server();
    const { status, files } = await install("http://releases.invalid", { http_proxy: proxy.url });
    expect({ status, files }).toEqual({ status: 0, files: everything });
    expect(proxy.asked.every((url) => url.startsWith("http://releases.invalid/"))).toBe(true);
  });

  /** A PATH with no more than what install.sh says that it needs, and these. */
  function only(...programs: string[]): { PATH: string } {
    const bin = emptyDirectory("bin");
    const needed = "sh uname mkdir mktemp rm mv cp cat cut sed grep tail tar gzip sha256sum ldd";
    for (const program of [...needed.split(" "), ...programs])
      symlinkSync(Bun.which(program) ?? program, join(bin, program));
    return { PATH: bin };
  }

  test.each([
    ["curl", "unxz"],
    ["wget", "unxz"],
    ["curl", "dpkg-deb"],
  ])("does with %s and %s alone", async (fetcher, packer) => {
    if (!inRepository) return;
    const { status, stderr, files, home } = await install(server().url, only(fetcher, packer));
    expect({ status, stderr, files }).toEqual({ status: 0, stderr: "", files: everything });
    const manual = readFileSync(join(home, ".local/share/man/man1/vimto.1"), "utf8");
    expect(manual).toMatch(/^\.TH /m);
  });

  test.each([
    [["unxz"], "needs curl or wget: install one of them"],
    [
      ["curl"],
      "needs xz to unpack: install it (apt-get install xz-utils, dnf install xz, apk add xz)",
    ],
  ])("says what it needs besides %s", async (programs, sentence) => {
    if (!inRepository) return;
    const { status, stdout, stderr, files } = await install(server().url, only(...programs));
    expect({ status, stdout, stderr, files }).toEqual({
      status: 1,
      stdout: "",
      stderr: `install.sh: ${sentence}\n`,
      files: [],
    });
  });

  test.each([
    [
      "kill -ILL $$",
      `vimto for ${cpu} does not run here: this processor lacks instructions that it needs (of x86-64 those up to SSE4.2)`,
    ],
    [
      "echo Error loading shared library libstdc++.so.6: No such file or directory >&2; exit 127",
      "vimto needs libstdc++, which is not here: install it (apk add libstdc++)",
    ],
    [
      "echo no such loader >&2; exit 1",
      `the vimto for ${cpu} and gnu does not run here: no such loader`,
    ],
  ])("keeps what was there when the new one does: %s", async (does, sentence) => {
    const place = emptyDirectory("unfit");
    mkdirSync(join(place, name));
    writeFileSync(join(place, name, "vimto"), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
    execFileSync("tar", ["-C", place, "-cJf", join(place, `${name}.tar.xz`), name]);
    execFileSync("sh", ["-c", "sha256sum *.xz >SHA256SUMS"], { cwd: place });
    const home = emptyDirectory("home");
    mkdirSync(join(home, ".local/bin"), { recursive: true });
    writeFileSync(join(home, ".local/bin/vimto"), "older");
    const from = server((file) => new Response(Bun.file(join(place, file)))).url;
    const { status, stdout, stderr, files } = await install(from, {}, home);
    expect({ status, stdout, stderr, files }).toEqual({
      status: 1,
      stdout: "",
      stderr: `install.sh: ${sentence}\n`,
      files: [".local/bin/vimto"],
    });
    expect(readFileSync(join(home, ".local/bin/vimto"), "utf8")).toBe("older");
  });

  const archive = (file: string) => file.startsWith(`${name}.tar`);
  test.each<[string, Changed, RegExp]>([
    [
      "bytes that are not what was released",
      (file) => (archive(file) ? new Response("something else") : undefined),
      /^install\.sh: vimto-v7\.8\.9-\S+ is damaged or not what was released: its SHA-256 is [0-9a-f]{64}, and not [0-9a-f]{64}; try again\n$/,
    ],
    [
      "a download that is cut",
      (file) =>
        archive(file) ? new Response(Bun.file(join(release, file)).slice(0, 1 << 20)) : undefined,
      /^install\.sh: vimto-v7\.8\.9-\S+ is damaged or not what was released: .*; try again\n$/,
    ],
    [
      "a file that is not there",
      (file) => (archive(file) ? new Response("", { status: 404 }) : undefined),
      /^install\.sh: cannot fetch http:\S+: .*404.*\n$/,
    ],
    [
      "sums without vimto",
      (file) => (file === "SHA256SUMS" ? new Response("") : undefined),
      /^install\.sh: http:\S+\/latest\/SHA256SUMS names no vimto\n$/,
    ],
  ])("refuses %s, and leaves nothing", async (_name, changed, sentence) => {
    if (!inRepository) return;
    const { status, stdout, stderr, files } = await install(server(changed).url);
    expect({ status, stdout, stderr, files }).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(sentence),
      files: [],
    });
  });

  test("knows where its release is, and in the sources says that it does not", async (context) => {
    needs(context, inRepository, "there is no commit to release");
    expect(readFileSync(join(release, "install.sh"), "utf8")).toBe(
      readFileSync(join(root, "scripts/install.sh"), "utf8").replace(
        /^releases=$/m,
        `releases=${from}`,
      ),
    );
    const { home: _, ...found } = await install("");
    expect(found).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "install.sh: this file is not from a release, and does not know where releases are: " +
        "take the install.sh of a release, or name a place by VIMTO_FROM\n",
      files: [],
    });
  });

  test("is how the action installs vimto", async (context) => {
    needs(context, inRepository, "there is no commit to release");
    const home = emptyDirectory("home");
    const { url, asked } = server();
    const install = async (env: Record<string, string>) => {
      const child = Bun.spawn([join(root, "scripts/action"), "install"], {
        env: { PATH: process.env.PATH, HOME: home, GITHUB_PATH: join(home, "path"), ...env },
        stdout: "pipe",
      });
      const stdout = (await new Response(child.stdout).text()).split("\n");
      return { status: await child.exited, stdout };
    };
    const found = await install({ VIMTO_FROM: url, ACTION_VERSION: `v${version}` });
    expect({ ...found, asked: asked.map((url) => url.slice(url.indexOf("/", 8))) }).toEqual({
      status: 0,
      stdout: expect.arrayContaining([`vimto ${version} is installed in ${home}/.local/bin`]),
      asked: [`/v${version}/SHA256SUMS`, `/v${version}/${name}.tar.xz`],
    });
    expect(readFileSync(join(home, "path"), "utf8")).toBe(`${home}/.local/bin\n`);
    expect((await install({})).stdout).toContain(
      "::error::neither ACTION_REPOSITORY nor VIMTO_FROM says where vimto's releases are",
    );
  });

  test("says that it wants a home", async (context) => {
    needs(context, inRepository, "there is no commit to release");
    const { stderr, status } = await install(server().url, { HOME: "" });
    expect({ stderr, status }).toEqual({
      stderr: "install.sh: HOME is not set: name a directory by VIMTO_BIN\n",
      status: 1,
    });
  });

  test("says where it may not write", async (context) => {
    needs(context, inRepository, "there is no commit to release");
    const { stderr, status } = await install(server().url, { VIMTO_BIN: "/proc/vimto" });
    expect({ stderr, status }).toEqual({
      stderr: "install.sh: cannot make /proc/vimto; name another directory by VIMTO_BIN\n",
      status: 1,
    });
  });
});

test("install.sh has nothing that shellcheck minds", (context) => {
  needs(
    context,
    Bun.which("shellcheck") !== null,
    "there is no shellcheck: run scripts/setup test",
  );
  const { exitCode, stdout } = Bun.spawnSync([
    "shellcheck",
    "-s",
    "sh",
    join(root, "scripts/install.sh"),
  ]);
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 0, stdout: "" });
});
