/**
 * Numbers of the kernel's interface that are the same on x86-64 and aarch64. Each group names the header
 * of the kernel that has it.
 */

// include/uapi/linux/fcntl.h, include/uapi/asm-generic/fcntl.h
export const AT_FDCWD = -100;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_RECURSIVE = 0x8000;
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;
export const F_SETPIPE_SZ = 1031;
export const SPLICE_F_NONBLOCK = 2;
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

// include/uapi/linux/stat.h
export const S_IFCHR = 0o020000;
export const S_IFBLK = 0o060000;

// include/uapi/linux/mount.h
export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;
export const MS_NOATIME = 1024;
export const MS_BIND = 4096;
export const MS_MOVE = 8192;
export const MS_REC = 16384;
export const MS_SLAVE = 1 << 19;
export const MS_RELATIME = 1 << 21;
export const MOUNT_ATTR_RDONLY = 1;

// include/uapi/asm-generic/mman-common.h, include/uapi/linux/memfd.h
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_PRIVATE = 0x02;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_POPULATE = 0x8000;
export const MFD_CLOEXEC = 1;
/** The file may be executed, also where vm.memfd_noexec is 1; since Linux 6.3. */
export const MFD_EXEC = 0x10;

// include/uapi/asm-generic/signal.h
export const SIGHUP = 1;
export const SIGILL = 4;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGSEGV = 11;
export const SIGPIPE = 13;
export const SIGCHLD = 17;
export const SIG_IGN = 1;
export const SIG_SETMASK = 2;
export const SA_SIGINFO = 4;
export const SA_RESTORER = 0x0400_0000;

// include/uapi/linux/resource.h
export const PRIO_PROCESS = 0;

// include/uapi/linux/prctl.h, include/uapi/linux/sched.h
export const PR_SET_PDEATHSIG = 1;
export const PR_SET_NAME = 15;
export const PR_GET_NAME = 16;
export const SCHED_BATCH = 3;
/** A child shares root, working directory and umask with its parent. */
export const CLONE_FS = 0x200;
export const CLONE_PARENT = 0x8000;
export const CLONE_NEWNS = 0x2_0000;

// include/uapi/linux/time.h, include/uapi/linux/timex.h
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const ADJ_SETOFFSET = 0x100;

// include/uapi/asm-generic/poll.h, include/uapi/asm-generic/ioctls.h
export const POLLIN = 1;
export const POLLOUT = 4;
export const FIONREAD = 0x541b;

// include/linux/socket.h, include/linux/net.h, include/uapi/linux/sockios.h, include/uapi/linux/if.h
export const AF_UNIX = 1;
export const AF_INET = 2;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = O_CLOEXEC;
export const SOCK_NONBLOCK = O_NONBLOCK;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;
export const SIOCADDRT = 0x890b;
export const SIOCSIFFLAGS = 0x8914;
export const SIOCSIFADDR = 0x8916;
export const SIOCSIFNETMASK = 0x891c;
export const IFF_UP = 1;
// include/uapi/linux/route.h
export const RTF_UP = 1;
export const RTF_GATEWAY = 2;

// include/uapi/linux/random.h
export const RNDADDENTROPY = 0x40085203;
/** Since Linux 4.16. */
export const RNDRESEEDCRNG = 0x5207;

// include/uapi/asm-generic/resource.h
export const RLIMIT_CORE = 4;
export const RLIMIT_NOFILE = 7;

// include/uapi/asm-generic/errno-base.h
export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const ENOEXEC = 8;
export const ECHILD = 10;
export const EAGAIN = 11;
export const EWOULDBLOCK = EAGAIN;
export const ENOMEM = 12;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EINVAL = 22;
export const EPIPE = 32;
// include/uapi/asm-generic/errno.h
export const EOPNOTSUPP = 95;
export const EKEYREJECTED = 129;

// include/uapi/asm-generic/ioctls.h
export const TCGETS = 0x5401;
export const TCSETS = 0x5402;
export const TIOCSCTTY = 0x540e;
export const TIOCGWINSZ = 0x5413;
export const TIOCSWINSZ = 0x5414;
export const TIOCVHANGUP = 0x5437;
export const TIOCSPTLCK = 0x40045431;
/** Since Linux 4.13. */
export const TIOCGPTPEER = 0x5441;
