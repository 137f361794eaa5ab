/**
 * What programs do to files, each a block of Perl that dies where it does not work. They run in one process, in an
 * empty directory; sys is syscall(2) by name, and fails as a function of Perl's does.
 */
const operations: Readonly<Record<string, string>> = {
  "an open file without a name is truncated, chmodded and dated": `
    open my $f, "+>", "gone"; unlink "gone";
    truncate $f, 10 or die $!; -s $f == 10 or die "size"; chmod 0640, $f or die $!;
    utime 1, 2, $f or die $!; ((stat $f)[9]) == 2 or die "time"`,
  "an open file without a name is mapped, and written by the mapping": `
    open my $f, "+>", "gone"; unlink "gone"; truncate $f, 4096;
    my $at = sys("mmap", 0, 4096, 3, 1, fileno $f, 0);
    pipe my $r, my $w; syswrite $w, "mapped"; sys("read", fileno $r, $at, 6);
    sysread $f, my $b, 6; $b eq "mapped" or die "read $b"`,
  "a second descriptor does not get a lock that the first holds (flock)": `
    open my $f, ">", "lock"; flock $f, 6 or die $!; open my $g, ">", "lock"; flock $g, 6 and die "granted"`,
  "another process does not get a lock of this one (fcntl)": `
    open my $f, "+>", "lock"; my $l = pack "s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0;
    fcntl $f, F_SETLK, $l or die $!; my $p = fork;
    if (!$p) { open my $g, "+<", "lock"; my $m = $l; POSIX::_exit(fcntl($g, F_SETLK, $m) ? 1 : 0) }
    waitpid $p, 0; $? == 0 or die "granted"`,
  "a file that another replaces stays open as it was": `
    put("a", 1); put("b", 2); open my $f, "<", "b"; rename "a", "b" or die $!;
    <$f> == 2 or die "changed"; get("b") == 1 or die "not replaced"`,
  "a rename that replaces nothing (RENAME_NOREPLACE)": `
    put("a", 1); put("b", 2); eval { sys("renameat2", -100, "a", -100, "b", 1); 1 } and die "replaced"; $!{EEXIST} or die $!`,
  "two files are exchanged (RENAME_EXCHANGE)": `
    put("a", 1); put("b", 2); sys("renameat2", -100, "a", -100, "b", 2); get("a") == 2 or die "as before"`,
  "links, hard and symbolic": `
    put("a", 1); link "a", "b" or die $!; (stat "a")[1] == (stat "b")[1] && (stat "a")[3] == 2 or die "no link";
    symlink "nowhere/x", "s" or die $!; readlink "s" eq "nowhere/x" or die "link"`,
  "extended attributes of users": `
    put("a", 1); my $v = "v" x 9; sys("setxattr", "a", "user.k", $v, 9, 0);
    my $b = "\\0" x 20; sys("getxattr", "a", "user.k", $b, 20) == 9 or die "size"`,
  "space is reserved, and a hole is punched": `
    open my $f, "+>", "a"; sys("fallocate", fileno $f, 0, 0, 65536); -s $f == 65536 or die "size";
    syswrite $f, "x" x 65536; sys("fallocate", fileno $f, 3, 0, 4096); sysseek $f, 0, 0; sysread $f, my $b, 1; $b eq "\\0" or die "kept"`,
  "a sparse file has few blocks, and a hole to find (SEEK_DATA)": `
    open my $f, "+>", "a"; sysseek $f, 1 << 32, 0; syswrite $f, "end"; (stat $f)[12] < 1000 or die "blocks";
    sysseek($f, 0, 3) == 1 << 32 or die "no hole: $!"`,
  "a FIFO carries bytes": `
    POSIX::mkfifo("p", 0600) or die $!; sysopen my $f, "p", O_RDWR or die $!; syswrite $f, "q"; sysread $f, my $b, 1; $b eq "q" or die`,
  "a socket is bound, and reached": `
    socket my $s, 1, 1, 0; bind $s, pack_sockaddr_un("s") or die $!; listen $s, 1;
    socket my $c, 1, 1, 0; connect $c, pack_sockaddr_un("s") or die $!`,
  "inotify tells of what this machine does": `
    my $i = sys("inotify_init1", 0); sys("inotify_add_watch", $i, ".", 0x100); put("new", 1);
    open my $f, "<&=", $i; sysread($f, my $b, 4096) > 0 or die`,
  "names of 255 bytes, of every byte but / and NUL, and deep paths": `
    my %n = map { $_ => 1 } "n" x 255, map { "b" . chr } grep { $_ != 47 } 1 .. 255;
    put($_, 1) for keys %n; opendir my $d, "."; delete $n{$_} or $_ =~ /^\\.\\.?$/ or die "listed $_" for readdir $d; %n and die "not listed";
    my $p = "."; for (1 .. 30) { $p .= "/" . "p" x 100; mkdir $p or die $! } put("$p/f", 1); get("$p/f") == 1 or die`,
  "a directory is read while its files go": `
    put("f$_", 1) for 1 .. 100; opendir my $d, "."; my $n = 0; while (my $e = readdir $d) { $n += unlink $e if $e =~ /^f/ } $n == 100 or die $n`,
  "four processes append, and each line is whole": `
    for my $k (1 .. 4) { next if my $p = fork; open my $f, ">>", "log"; syswrite $f, "$k" x 30 . "\\n" for 1 .. 20; POSIX::_exit(0) }
    1 while wait > 0; my @l = split /\\n/, get("log"); @l == 80 && !grep { !/^(.)\\1{29}$/ } @l or die scalar @l`,
  "bytes are copied between files (copy_file_range, sendfile)": `
    put("a", "x" x 70000); open my $a, "<", "a"; open my $b, ">", "b"; my $n = 0;
    while ($n < 70000) { $n += sys("copy_file_range", fileno $a, 0, fileno $b, 0, 70000 - $n, 0) || die "end" } -s "b" == 70000 or die;
    open my $c, ">", "c"; seek $a, 0, 0; sys("sendfile", fileno $c, fileno $a, 0, 70000) == 70000 or die`,
  "times to the nanosecond": `
    put("a", 1); sys("utimensat", -100, "a", pack("q4", 1, 111222333, 2, 444555666), 0);
    qx(stat -c %.9Y a) eq "2.444555666\\n" or die`,
  "modes, set-user-ID too": `put("a", 1); chmod 04751, "a" or die $!; ((stat "a")[2] & 07777) == 04751 or die`,
  "a descriptor of a file that may not be written writes it": `
    sysopen my $f, "a", O_CREAT | O_WRONLY, 0400 or die $!; syswrite $f, "x" or die $!; close $f; get("a") eq "x" or die`,
  "a file without the guest's cache (O_DIRECT)": `
    sysopen my $f, "a", O_CREAT | O_RDWR | ($arm ? 0200000 : 040000) or die $!;
    my $at = sys("mmap", 0, 4096, 3, 0x22, -1, 0); sys("write", fileno $f, $at, 4096) == 4096 or die`,
  "a file is made once (O_EXCL)": `
    sysopen my $f, "a", O_CREAT | O_EXCL or die $!; sysopen my $g, "a", O_CREAT | O_EXCL and die "twice"`,
  "a file grows by its name, and zeros are read": `
    put("a", "abc"); truncate "a", 10; get("a") eq "abc" . "\\0" x 7 or die`,
  "a directory is renamed and synced": `
    mkdir "d"; put("d/f", 1); rename "d", "e" or die $!; get("e/f") == 1 or die; sysopen my $d, "e", 0; sys("fsync", fileno $d)`,
  "what was written is executed": `
    put("x", "#!/bin/sh\\necho ran\\n"); chmod 0755, "x"; qx(./x) eq "ran\\n" or die; system("cp /bin/true t && ./t") == 0 or die`,
  "three hundred open files": `
    my @f = map { open my $f, ">", "o$_" or die $!; $f } 1 .. 300; @f == 300 or die`,
  "a handle of a file (name_to_handle_at)": `
    put("a", 1); my ($h, $m) = (pack("I i x128", 128, 0), "\\0" x 8); sys("name_to_handle_at", -100, "a", $h, $m, 0)`,
  "a device node is made, and works": `system("mknod n c 1 3 2>/dev/null && echo x >n") == 0 or die`,
  "an owner is given": `put("a", 1); chown 12, 34, "a" or die $!; join(":", (stat "a")[4, 5]) eq "12:34" or die`,
  "a file without a name is made (O_TMPFILE)": `sysopen my $f, ".", O_RDWR | 020000000 | ($arm ? 040000 : 0200000), 0600 or die $!`,
  "a repository of git": `
    system("git init -q . && echo 1 >f && git add f && git -c user.name=n -c user.email=e commit -qm m && git gc -q") == 0 or die;
    qx(git status --porcelain) eq "" or die "changed"`,
};

/** Of x86-64 and arm64 (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). */
const numbers = {
  mmap: [9, 222],
  read: [0, 63],
  write: [1, 64],
  fsync: [74, 82],
  sendfile: [40, 71],
  renameat2: [316, 276],
  setxattr: [188, 5],
  getxattr: [191, 8],
  fallocate: [285, 47],
  inotify_init1: [294, 26],
  inotify_add_watch: [254, 27],
  copy_file_range: [326, 285],
  utimensat: [280, 88],
  name_to_handle_at: [303, 264],
} as const;

const before = `
use strict; use Fcntl; use POSIX (); use Socket;
my $arm = (POSIX::uname())[4] eq "aarch64";
my %number = (${Object.entries(numbers)
  .map(([name, [x86, arm]]) => `${name} => $arm ? ${arm} : ${x86}`)
  .join(", ")});
sub sys { my ($name, @a) = @_; my $r = syscall($number{$name}, map { $_ } @a); $r == -1 and die "$name: $!\\n"; $r }
sub put { open my $f, ">", $_[0] or die "$_[0]: $!"; print $f $_[1]; close $f }
sub get { open my $f, "<", $_[0] or die "$_[0]: $!"; local $/; <$f> }
sub in { my ($name, $does) = @_; mkdir "battery"; chdir "battery"; eval { $does->(); 1 } or print "$name\\n"; chdir ".."; system "rm", "-rf", "battery" }
`;

/** A Perl program that prints the names of the operations that do not work in its working directory. */
export const fileBattery: string = `${before}${Object.entries(operations)
  .map(([name, does]) => `in(q{${name}}, sub {${does} });\n`)
  .join("")}`;
