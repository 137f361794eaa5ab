import { join } from "node:path";
import { project, vmTestOn } from "../harness/index.ts";

// docs/system.md, "What can a share not do?": what passes here after all has to leave that list.
const perl = (script: string) => `perl -MFcntl -e '${script}'`;
const limits = [
  ["a FIFO is made", "mkfifo p", "mkfifo: cannot create fifo 'p': No such device or address"],
  [
    "space is reserved",
    "fallocate -l 4096 file",
    "fallocate: fallocate failed: Operation not supported",
  ],
  [
    "a file without a name is made",
    perl("sysopen(F, q(.), O_RDWR | O_DIRECTORY | 020000000, 0600) or print STDERR qq($!\\n)"),
    "Operation not supported",
  ],
  [
    "two files are exchanged",
    perl(
      "my %renameat2 = (x86_64 => 316, aarch64 => 276); chomp(my $m = `uname -m`); my ($a, $b) = qw(file other); syscall($renameat2{$m}, -100, $a, -100, $b, 2) == 0 or print STDERR qq($!\\n)",
    ),
    "Invalid argument",
  ],
  [
    "an open file whose name is gone is truncated",
    perl("open(F, q(+>), q(gone)); unlink q(gone); truncate(F, 10) or print STDERR qq($!\\n)"),
    "No such file or directory",
  ],
] as const;

vmTestOn("all", "what a share cannot do fails with an error", () => ({
  cwd: project({ file: "1", other: "2" }),
  guest: limits
    .map(([name, command]) => `echo ${name} >&2; LC_ALL=C ${command}`)
    .join("\n")
    .concat("\ntrue"),
  stderr: limits.map(([name, , error]) => `${name}\n${error}\n`).join(""),
}));

/** SEEK_DATA is 3; the first data is behind a hole of 1 MiB. */
const seekData =
  "open(F, q(+>), q(sparse)); sysseek(F, 1 << 20, 0); syswrite(F, q(end)); print sysseek(F, 0, 3) + 0, qq(\\n)";
/** A read that finds no event blocks, and the test runs into its deadline. */
const inotify =
  "my ($init, $add) = `uname -m` =~ /x86/ ? (294, 254) : (26, 27); my $i = syscall($init, 0); my $at = q(.); syscall($add, $i, $at, 0x100); open(N, q(>), q(new)); open(F, q(<&=), $i); print sysread(F, my $b, 4096) > 0 ? q(told) : $!, qq(\\n)";

vmTestOn(
  "one",
  "times in a share are whole seconds, holes are not found, and inotify tells of the guest's changes",
  () => ({
    cwd: project({}),
    guest: `TZ=UTC touch -d '2024-01-02 03:04:05.123456789' file; stat -c %.9Y file; ${perl(seekData)}; ${perl(inotify)}`,
    stdout: "1704164645.000000000\n0\ntold\n",
  }),
);

vmTestOn("one", "locks of the host are not seen in the guest", () => {
  const cwd = project({ file: "" });
  return {
    cwd,
    under: ["flock", join(cwd, "file")],
    guest: "flock -n file echo locked too",
    stdout: "locked too\n",
  };
});
