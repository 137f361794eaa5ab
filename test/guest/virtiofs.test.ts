import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  cloudKernel,
  commandLine,
  compare,
  fileBattery,
  markedProcesses,
  needs,
  project,
  Running,
  startedBy,
  until,
  vimto,
  vmTestOn,
} from "../harness/index.ts";
import { base } from "../harness/place.ts";

// Shares as users have them.
process.env.VIMTO_FS = "";

const perl = (script: string) => `perl -MFcntl -e '${script}'`;
const fileSystem = Bun.spawnSync(["stat", "-f", "-c", "%T", base]).stdout.toString().trim();
const onOverlay = fileSystem === "overlayfs";
/** Each prints nothing where it works: what 9p refuses (share-limits.test.ts), and what a program relies on. */
const operations = [
  'mkfifo fifo && { echo through >fifo & [ "$(cat fifo)" = through ]; }',
  "mknod null c 1 3 && echo x >null",
  "fallocate -l 4096 room && [ $(stat -c %s room) = 4096 ]",
  "fallocate --punch-hole -o 0 -l 4096 room",
  perl(
    "my %renameat2 = (x86_64 => 316, aarch64 => 276); chomp(my $m = `uname -m`); my ($a, $b) = qw(file other); syscall($renameat2{$m}, -100, $a, -100, $b, 2) == 0 or print qq($!\\n)",
  ),
  '[ "$(cat file other)" = 21 ]',
  perl(
    "open(F, q(+>), q(gone)); unlink q(gone); truncate(F, 10) or print qq($!\\n); -s F == 10 or print 10",
  ),
  "touch -d '2024-01-02 03:04:05.123456789' file && [ $(stat -c %.9Y file | cut -d. -f2) = 123456789 ]",
  "ln file link && [ $(stat -c %i file) = $(stat -c %i link) ]",
  "touch \"$(printf 'a\\nb\\377')\" && rm a*",
  'chown 12:34 other && chmod 4751 other && [ "$(stat -c %u:%g:%a other)" = 12:34:4751 ]',
  "mkdir up work merged && mount -t overlay o -o lowerdir=/etc,upperdir=up,workdir=work,userxattr merged && echo x >merged/new && umount merged && [ -s up/new ]",
  // A whiteout is a device 0:0, which the host makes on no overlay of its own, as containers have.
  ...(onOverlay
    ? []
    : [
        "mkdir up2 work2 && mount -t overlay o -o lowerdir=/etc,upperdir=up2,workdir=work2,userxattr merged && rm merged/hosts && umount merged && [ -c up2/hosts ]",
      ]),
  "i=0; while [ $i -lt 300 ]; do : >many$i; i=$((i + 1)); done; rm many* && ! ls many* 2>/dev/null",
  'git init -q repository && cd repository && echo 1 >f && git add f && git -c user.name=n -c user.email=e commit -qm m && git gc -q && [ -z "$(git status --porcelain)" ]; cd ..',
] as const;
const battery = operations.map((text) => `{ ${text}; } || echo "$?: "${quoted(text)}`).join("\n");

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const ways = [
  ["a clone", []],
  ["a boot", ["--fresh"]],
] as const;

test.for(ways)(
  "a kernel without 9p has the host's files read-only, and keeps what is written: %s",
  async ([, flags], context) => {
    needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
    const cwd = project({ file: "1", other: "2" });
    const guest = [
      "grep -c virtiofs /proc/filesystems",
      battery,
      "mkdir /tmp/root; mount -t virtiofs root /tmp/root && { echo 1 >/tmp/root$PWD/evil; } 2>/dev/null || echo refused",
      "[ -s /etc/passwd ] && touch /etc/of-the-guest && modprobe dummy && echo kept >kept",
    ].join("\n");
    compare(await vimto(commandLine(cloudKernel, ["--sudo", ...flags], guest), { cwd }), {
      stdout: "1\nrefused\n",
    });
    expect(readFileSync(join(cwd, "kept"), "utf8")).toBe("kept\n");
    expect(existsSync(join(cwd, "evil"))).toBe(false);
    expect(existsSync("/etc/of-the-guest")).toBe(false);
  },
);

/** docs/system.md, "What can a share not do?": what works here after all has to leave that list. */
const noTmpfile = "a file without a name is made (O_TMPFILE)\n";
const rootAlone = "a device node is made, and works\nan owner is given\n";

vmTestOn(
  ["debian-6.1"],
  "shares are virtiofs for a kernel with 9p where that is asked for, and do what a disk's file system does",
  () => ({
    cwd: project({ file: "1", other: "2", "battery.pl": fileBattery }),
    flags: ["--sudo", "--fs", "virtiofs"],
    guest: `awk -v at="$PWD" '$2 == at { print $3 }' /proc/mounts\n${battery}\nperl battery.pl`,
    stdout: `virtiofs\n${noTmpfile}`,
  }),
);

test("an ordinary user of a guest does with files what such a user may", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const cwd = project({ "battery.pl": fileBattery });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(cwd, 65534, 65534);
  const guest = "HOME=$PWD; id -u; perl battery.pl";
  const uid = isRoot ? 65534 : process.getuid?.();
  const flags = isRoot ? ["--user", "nobody"] : [];
  compare(await vimto(commandLine(cloudKernel, flags, guest), { cwd }), {
    stdout: `${uid}\n${rootAlone}${noTmpfile}`,
  });
});

test("clones of a kernel without 9p have as many shares as fit into ports, and boot with more", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const top = project({});
  const share = (index: number) => {
    const path = join(top, `share-${index}`);
    mkdirSync(path);
    writeFileSync(join(path, "file"), `${index}\n`);
    return ["--share", path];
  };
  const few = Array.from({ length: 7 }, (_, index) => share(index)).flat();
  const many = [...few, ...Array.from({ length: 18 }, (_, index) => share(index + 7)).flat()];
  const guest = `awk '$3 == "virtiofs" && index($2, "${top}/") { print $2 }' /proc/mounts | while read at; do cat $at/file; echo kept >$at/kept; done | sort -n | tail -1`;
  const cwd = project({});
  const started = (flags: string[]) => startedBy(cloudKernel, guest, { cwd, flags });
  expect(await started(few)).toMatchObject({ start: "template", stdout: "6\n", status: 0 });
  expect(await started(few)).toMatchObject({ start: "clone", stdout: "6\n", status: 0 });
  expect(await started(many)).toMatchObject({
    start: "boot",
    why: expect.stringMatching(
      /^\d+ directories over virtiofs are more than the 24 that can be plugged in$/,
    ),
    stdout: "24\n",
  });
  for (const name of readdirSync(top))
    expect(readFileSync(join(top, name, "kept"), "utf8")).toBe("kept\n");
});

const isServer = ({ command }: { command: string }) => /^\S*virtiofsd /.test(command);

test.for(["SIGKILL", "SIGTERM"] as const)(
  "%s of a virtiofsd ends the run",
  async (signal, context) => {
    needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
    const cwd = project({});
    const guest = "echo ready; while :; do ls >/dev/null; done";
    const running = new Running(commandLine(cloudKernel, [], guest), { cwd });
    try {
      await running.stdout.find(/ready\n/);
      const [server] = markedProcesses(running.mark).filter(isServer);
      // 0 is the group of the tests themselves.
      if (server === undefined) throw new Error("no virtiofsd runs");
      process.kill(server.pid, signal);
      const { status, stderr } = await running.result();
      expect(status).toBe(125);
      const how = /^vimto: "\/\S*virtiofsd", which shares ".*", (.*); run it again\n$/.exec(
        stderr,
      )?.[1];
      // QEMU's own ends well when it is asked to; what others do is not ours to say.
      const asked = ["ended before the command was over"];
      const killed = [`was ended by ${signal}, from outside vimto`];
      const isQemus = /^\S*\/qemu\/virtiofsd /.test(server.command);
      expect(signal === "SIGKILL" ? killed : isQemus ? asked : [...asked, ...killed]).toContain(
        how,
      );
      await running.leavesNothing();
    } finally {
      running.kill();
    }
  },
);

/** Where a run is when vimto is killed. */
const stages: readonly (readonly [string, (running: Running) => Promise<unknown>])[] = [
  ["starts", ({ mark }) => until("one runs", 240, () => markedProcesses(mark).some(isServer))],
  ["has QEMU", ({ mark }) => until("QEMU runs", 240, () => markedProcesses(mark).some(isQemu))],
  ["runs the command", ({ stdout }) => stdout.find(/ready\n/)],
  ["writes its files back", ({ stdout }) => stdout.find(/done\n/)],
];
const isQemu = ({ command }: { command: string }) => /^\S*qemu-system-/.test(command);

test.for(stages)(
  "SIGKILL of vimto ends every virtiofsd when it %s",
  async ([stage, reached], context) => {
    needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
    const last = stage.startsWith("writes")
      ? "head -c 8M /dev/zero >file; echo done"
      : "sleep 1000";
    const running = new Running(commandLine(cloudKernel, [], `echo ready; ${last}`), {
      cwd: project({}),
    });
    try {
      await reached(running);
      running.process.kill("SIGKILL");
      await running.result();
      await running.leavesNothing();
    } finally {
      running.kill();
    }
  },
);

test("no virtiofsd outlives vimto, however the run ends", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const shares = Array.from({ length: 8 }, () => ["--share", project({})]).flat();
  const ends: readonly (readonly [string, number, ((running: Running) => Promise<unknown>)?])[] = [
    ["true", 0],
    ["exit 3", 3],
    ["exec /nowhere", 127],
    ["echo o >/proc/sysrq-trigger; sleep 99", 125],
    ["echo ready; sleep 1000", 143, ({ stdout }) => stdout.find(/ready\n/)],
    [
      "sleep 1000",
      143,
      ({ mark }) => until("one runs", 240, () => markedProcesses(mark).some(isServer)),
    ],
  ];
  for (const [guest, status, reached] of ends) {
    const running = new Running(commandLine(cloudKernel, [...shares, "--sudo"], guest), {
      cwd: project({}),
    });
    try {
      await reached?.(running);
      if (reached !== undefined) running.process.kill("SIGTERM");
      const result = await running.process.exited;
      // At once: vimto has waited for them.
      expect(markedProcesses(running.mark)).toEqual([]);
      expect([guest, (await running.result()).status, result]).toEqual([guest, status, status]);
      await running.leavesNothing();
    } finally {
      running.kill();
    }
  }
});

test("where no virtiofsd is to be had, a sentence says so", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const env = { VIMTO_VIRTIOFSD: "/nowhere" };
  compare(await vimto(commandLine(cloudKernel, [], "true"), { env }), {
    stderr:
      /^vimto: kernel ".*" \(.*-cloud-amd64\) was built without 9p and has its files over virtiofs, but VIMTO_VIRTIOFSD "\/nowhere" is no executable file; a kernel with 9p does without it\n$/,
    status: 125,
  });
});

test("a tree of more files than virtiofsd may have open is read, and grows", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const cwd = project();
  const share = project();
  for (const top of [cwd, share])
    for (let file = 0; file < 300; file++) writeFileSync(join(top, `${file}.txt`), "");
  const guest = `for at in . ${share}; do find $at -name '*.txt' -newermt 2000-01-01 | wc -l; done; seq 300 | xargs touch; ls | wc -l`;
  const under = ["sh", "-c", 'ulimit -n 256 && exec "$@"', "sh"];
  const run = vimto(commandLine(cloudKernel, ["--share", share], guest), { cwd, under });
  compare(await run, { stdout: "300\n300\n600\n" });
});

test("where virtiofsd does not start, 9p does without it, and else its words are told", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const cwd = project({ file: "text\n" });
  const fake = join(cwd, "virtiofsd");
  writeFileSync(
    fake,
    `#!/bin/sh
[ "$1" = --version ] && { echo virtiofsd 1.13.2; exit; }
echo "Error entering sandbox: Can't unshare" >&2; exit 1
`,
    { mode: 0o755 },
  );
  const kernel = anyKernel();
  const run = (args: readonly string[]) => vimto(args, { cwd, env: { VIMTO_VIRTIOFSD: fake } });
  const why = `"${fake}" 1.13.2 does not start: it ended with status 1 and said "Error entering sandbox: Can't unshare"`;
  const type =
    "cat file; stat -c %m . | while read -r m; do grep \" $m \" /proc/mounts; done | cut -d' ' -f3";
  const without = await run(commandLine(kernel, ["--verbose"], type));
  compare({ ...without, stderr: "" }, { stdout: "text\n9p\n" });
  expect(without.stderr).toContain(`vimto: shares are not over virtiofs: ${why}\n`);
  compare(await vimto(commandLine(kernel, [], type), { cwd }), { stdout: "text\nvirtiofs\n" });
  const asked = await run(commandLine(kernel, ["--fs", "virtiofs"], "cat file"));
  compare(asked, {
    stderr: `vimto: --fs virtiofs cannot be used: ${why}; --fs 9p does without it\n`,
    status: 125,
  });
  const cloud = await run(commandLine(cloudKernel, [], "cat file"));
  expect(cloud).toMatchObject({ status: 125 });
  expect(cloud.stderr).toContain(
    ` was built without 9p and has its files over virtiofs, but ${why}; a kernel with 9p does without it\n`,
  );
  const doctor = async (named: string) => {
    const { status, stdout } = await run(["--kernel", named, "doctor"]);
    const text = new TextDecoder().decode(stdout);
    return { status, line: text.split("\n").find((line) => / virtiofsd +/.test(line)) };
  };
  expect(await doctor(kernel)).toEqual({
    status: 0,
    line: expect.stringMatching(/^ +-- +virtiofsd +files are shared over 9p: /),
  });
  const lacking = await doctor(cloudKernel);
  expect(lacking.status).toBe(1);
  expect(lacking.line).toMatch(/^ +LACKS +virtiofsd /);
  expect(lacking.line).toContain(why);
});

test("a virtiofsd that fails where it started before ends the run with its words", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const cwd = project({});
  const fake = join(cwd, "virtiofsd");
  const answer =
    "use Socket; open(S, q(+<&=3)); accept(C, S); sysread(C, $b, 12); syswrite(C, $b); sleep 1000";
  writeFileSync(
    fake,
    `#!/bin/sh
[ "$1" = --version ] && { echo virtiofsd 1.13.2; exit; }
case "$*" in *"/empty "*) exec perl -e '${answer}' ;; esac
echo "no more" >&2; exit 3
`,
    { mode: 0o755 },
  );
  const env = { VIMTO_VIRTIOFSD: fake };
  for (const flags of [["--fresh"], []])
    compare(await vimto(commandLine(cloudKernel, flags, "true"), { cwd, env }), {
      stderr:
        /^vimto: ".*\/virtiofsd", which shares ".*", ended with status 3 and said "no more"; a kernel with 9p does without it\n$/,
      status: 125,
    });
});

/** Runs vimto with these limits of open files, which a virtiofsd of root's then cannot raise. */
const openFiles = (soft: number, hard: number) => [
  ...(process.getuid?.() === 0
    ? ["setpriv", "--bounding-set", "-sys_resource", "--inh-caps", "-sys_resource"]
    : []),
  ...["prlimit", `--nofile=${soft}:${hard}`],
];

test("a guest knows as many files as virtiofsd may open, and more", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  const names = Array.from({ length: 3000 }, (_, index) => `tree/${index % 30}/${index}`);
  const cwd = project(Object.fromEntries(names.map((name) => [name, ""])));
  // GNU find asks for the type of each file by this, and has the guest keep it.
  const guest = "find tree -type f -newermt 1990-01-01 | wc -l";
  const run = (soft: number, hard: number) =>
    vimto(commandLine(cloudKernel, [], guest), { cwd, under: openFiles(soft, hard) });
  compare(await run(200, 16_000), { stdout: "3000\n" });
  compare(await run(1000, 1000), { stdout: "3000\n" });
});
