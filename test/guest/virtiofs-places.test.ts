import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  commandLine,
  compare,
  emptyDirectory,
  needs,
  project,
  Running,
  testKernels,
  until,
  vimto,
} from "../harness/index.ts";

// Shares as users have them.
process.env.VIMTO_FS = "";

// The kernel has a part in it, as it is the file system's other half; one is enough.
const usual = testKernels(["debian-6.12"]);
const kernels = usual.length > 0 ? usual : testKernels("one");

/** Waits in a guest until a file is there. */
const wait = (name: string) => `until [ -e ${name} ]; do sleep 0.1; done`;

test.for(kernels)(
  "two machines and the host work on one share at once: $name",
  async (kernel, context) => {
    needs(context, kernel.missing === undefined, kernel.missing ?? "");
    const cwd = project({ moves: "as it was\n" });
    // Lines that no page boundary cuts: a FUSE file system writes the two parts of one apart (fs/fuse/file.c,
    // fuse_fill_write_pages), so that another machine's line may come between them.
    const line = (who: string) => who.repeat(31);
    const append = (who: string) =>
      `for i in $(seq 100); do echo ${line(who)} >>log; done; touch appended-${who}`;
    // docs/system.md, "What can a share not do?": locks count in the guest alone.
    const locks = {
      a: "exec 9>lock; flock 9",
      b: `${wait("here-a")}; flock -n lock echo both hold it; flock -n hosts echo the host too`,
    } as const;
    const guest = (who: "a" | "b", other: string, last: string) =>
      `${locks[who]}; touch here-${who}; ${wait("go")}; ${append(who)}; ${wait(`appended-${other}`)}; ${last}`;
    const renames = "mv moves moved; touch renamed";
    const sees = `${wait("renamed")}; cat moved; [ ! -e moves ]`;
    const machines = [guest("a", "b", renames), guest("b", "a", sees)].map(
      (text, index) =>
        new Running(commandLine(kernel.path, ["--fs", "virtiofs"], text), {
          cwd,
          under: index === 0 ? ["flock", join(cwd, "hosts")] : [],
        }),
    );
    try {
      const here = (name: string) =>
        until(`${name} is there`, 240, () => existsSync(join(cwd, name)));
      await Promise.all([here("here-a"), here("here-b")]);
      // Renamed, so that it is there at once.
      writeFileSync(join(cwd, "come"), "");
      renameSync(join(cwd, "come"), join(cwd, "go"));
      for (let lines = 0; lines < 100; lines++)
        writeFileSync(join(cwd, "log"), `${line("h")}\n`, { flag: "a" });
      const [a, b] = await Promise.all(machines.map((machine) => machine.result()));
      expect(a).toMatchObject({ status: 0, stderr: "" });
      expect(b).toMatchObject({ status: 0, stderr: "" });
      expect(machines[1]?.stdout.text).toBe("both hold it\nthe host too\nas it was\n");
      for (const machine of machines) await machine.leavesNothing();
    } finally {
      for (const machine of machines) machine.kill();
    }
    const lines = readFileSync(join(cwd, "log"), "utf8").trim().split("\n");
    expect(lines.filter((line) => !/^(.)\1{30}$/.test(line))).toEqual([]);
    expect(lines).toHaveLength(300);
    expect(readFileSync(join(cwd, "moved"), "utf8")).toBe("as it was\n");
  },
);

/**
 * In a mount namespace of its own: the working directory is a tmpfs, below it are another, an overlay and a bind mount. The
 * command runs there, and then the host shows what it finds.
 */
const mounts = `
cd "$1" && mount -t tmpfs work "$1" && cd "$1" && git init -q . && mkdir tmpfs overlay bind other layers plain &&
mount -t tmpfs inner tmpfs && mkdir layers/lower layers/upper layers/work && echo of lower >layers/lower/file &&
mount -t overlay -o lowerdir=layers/lower,upperdir=layers/upper,workdir=layers/work over overlay &&
mount --bind other bind || exit 99
for at in . tmpfs bind plain; do echo of $at >$at/file; done
shift
"$@" || exit
head plain/* tmpfs/* overlay/* bind/* other/* layers/upper/*
`;

test.for(kernels)(
  "a share that is a mount, and has mounts of other kinds below it: $name",
  async (kernel, context) => {
    needs(context, kernel.missing === undefined, kernel.missing ?? "");
    needs(context, process.getuid?.() === 0, "only root can mount");
    const cwd = emptyDirectory("mounts");
    const guest = `cd plain
for at in .. ../tmpfs ../overlay ../bind ../plain; do cat $at/file; echo new >$at/new; done
ln ../file ../linked && mv ../tmpfs/file ../bind/moved && stat -c %h ../file`;
    const shown = (name: string, text: string) => `==> ${name} <==\n${text}\n`;
    compare(
      await vimto(commandLine(kernel.path, ["--fs", "virtiofs"], guest), {
        cwd,
        under: ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts, "sh", cwd],
      }),
      {
        stdout: [
          "of .\nof tmpfs\nof lower\nof bind\nof plain\n2\n",
          [
            shown("plain/file", "of plain"),
            shown("plain/new", "new"),
            shown("tmpfs/new", "new"),
            shown("overlay/file", "of lower"),
            shown("overlay/new", "new"),
            ...["bind", "other"].flatMap((at) => [
              shown(`${at}/file`, "of bind"),
              shown(`${at}/moved`, "of tmpfs"),
              shown(`${at}/new`, "new"),
            ]),
            shown("layers/upper/new", "new"),
          ].join("\n"),
        ].join(""),
      },
    );
  },
);

test.for(kernels)(
  "names of every byte are the host's and the guest's: $name",
  async (kernel, context) => {
    needs(context, kernel.missing === undefined, kernel.missing ?? "");
    const cwd = project();
    const bytes = Array.from({ length: 255 }, (_, index) => index + 1).filter(
      (byte) => byte !== 47,
    );
    const name = (letter: string, byte: number) =>
      Buffer.concat([Buffer.from(`${cwd}/${letter}`), Buffer.from([byte])]);
    for (const byte of bytes) writeFileSync(name("a", byte), `${byte}`);
    const guest = [
      "perl",
      "-e",
      'for (grep { $_ != 47 } 1 .. 255) { my $c = chr; open my $f, "<", "a$c" or die "$_: $!"; <$f> == $_ or die "$_ is another"; rename "a$c", "b$c" or die "$_: $!" }',
    ];
    compare(await vimto(commandLine(kernel.path, ["--fs", "virtiofs"], guest), { cwd }), {});
    const found = readdirSync(cwd, { encoding: "buffer" }).map((each) => each.toString("latin1"));
    expect(found.sort()).toEqual(bytes.map((byte) => `b${String.fromCharCode(byte)}`).sort());
    for (const byte of bytes) expect(readFileSync(name("b", byte), "utf8")).toBe(`${byte}`);
  },
);
