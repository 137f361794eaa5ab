import { type Address, at, type Builder, type Value, type Variable } from "@vimto/asm";
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_PATH, O_RDONLY, POLLIN, SIGCHLD } from "@vimto/linux";
import { pipe } from "../processes.ts";
import { readMounts, word } from "./mounts.ts";

/** How long devices of the guest may write nothing to files of the host, and how many times they may take that long. */
const DEVICE_SECONDS = 5;
const MOST_PERIODS = 60;

/** The line of /proc/vmstat, and how much of the file is looked at: no read gets more (fs/seq_file.c). */
const WRITTEN = { line: "nr_written ", page: 4096 } as const;

/** File systems whose files are the host's: each kind of share. */
export const SHARES = ["9p", "virtiofs"] as const;
/** How many file systems without a device are told apart, by minor numbers; and the longest path. */
const MINORS = 1 << 16;
const LONGEST_PATH = 4096;
const STAT_SIZE = 256;
const ENTRIES = 4096;
/** Of struct linux_dirent64 (getdents(2)). */
const DIRENT = { length: 16, name: 19 } as const;

/**
 * Writes back what belongs to the host: each share, and before it the file systems on loop devices whose file
 * is in a share. It does not wait for other devices: their data goes with the machine, and one that hangs must
 * not keep the run from its end, as it would in sync(2).
 *
 * Runs `late` where devices wrote nothing for DEVICE_SECONDS, or never came to an end: what they held may be lost.
 */
export function syncHost(p: Builder, late: () => void): void {
  p.scope(() => {
    const minors = p.buffer(MINORS);
    /** Whether a file system has a device, and whether a mount point did not lead to its share. */
    const [devices, unreached] = [p.variable(), p.variable()];
    const again = p.variable();
    p.loop((jumpOut) => {
      readMounts(p, {
        unreadable: () => p.set(unreached, 1),
        mount: ({ type, major, minor, path }) => {
          p.when(major, "!=", 0, () => p.set(devices, 1));
          const share = p.variable();
          for (const name of SHARES) p.when(type, "==", word(name), () => p.set(share, 1));
          p.when(share, "!=", 0, () => {
            p.when(minor, "<", MINORS, () => {
              const place = p.variable();
              p.math(place, minor, "add", minors);
              p.store(1, place, 1);
            });
            syncMount(p, path, minor, () => p.set(unreached, 1));
          });
        },
      });
      p.when(again, "!=", 0, jumpOut);
      p.when(devices, "!=", 0, () => loopsInShares(p, minors, unreached));
      p.when(unreached, "==", 0, jumpOut);
      syncAll(p, late);
      p.set(again, 1);
    });
  });
}

/** Writes one share back, unless something else is mounted over it. */
function syncMount(p: Builder, path: Address, minor: Value, failed: () => void): void {
  const fd = p.variable();
  const there = p.variable();
  const result = p.variable();
  const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  p.syscallTo(fd, "openat", AT_FDCWD, path, flags, 0);
  p.when(fd, "<", 0, failed, () => {
    minorOf(p, there, fd);
    p.syscallTo(result, "syncfs", fd);
    p.when(result, "<", 0, failed);
    p.when(there, "!=", minor, failed);
    p.syscall("close", fd);
  });
}

/** Sets `found` if a loop device has its file in one of the file systems of `minors`. */
function loopsInShares(p: Builder, minors: Address, found: Variable): void {
  const entries = p.buffer(ENTRIES);
  const file = p.buffer(LONGEST_PATH);
  const directory = p.variable();
  const [end, entry, name, head, length] = Array.from({ length: 5 }, () => p.variable()) as [
    Variable,
    Variable,
    Variable,
    Variable,
    Variable,
  ];
  const flags = O_RDONLY | O_CLOEXEC;
  p.syscallTo(directory, "openat", AT_FDCWD, p.text("/sys/block"), flags, 0);
  p.loop((jumpOut) => {
    p.syscallTo(end, "getdents64", directory, entries, ENTRIES);
    p.when(end, "<=", 0, jumpOut);
    p.math(end, end, "add", entries);
    p.set(entry, entries);
    p.loop((last) => {
      p.when(entry, ">=", end, last);
      p.math(name, entry, "add", DIRENT.name);
      p.load(head, 4, name);
      p.when(head, "==", word("loop"), () => {
        backingFile(p, directory, name, file, length);
        p.when(length, ">", 0, () => p.scope(() => inShare(p, file, minors, found)));
      });
      p.math(length, entry, "add", DIRENT.length);
      p.load(length, 2, length);
      p.math(entry, entry, "add", length);
    });
  });
  p.syscall("close", directory);
}

/** The path of a loop device's file to `file`, and its length; 0 for a device without one. */
function backingFile(
  p: Builder,
  blocks: Value,
  name: Value,
  file: Address,
  length: Variable,
): void {
  p.scope(() => {
    const [device, attribute] = [p.variable(), p.variable()];
    p.syscallTo(device, "openat", blocks, name, O_PATH | O_CLOEXEC, 0);
    const path = p.text("loop/backing_file");
    p.syscallTo(attribute, "openat", device, path, O_RDONLY | O_CLOEXEC, 0);
    p.set(length, 0);
    p.when(attribute, ">=", 0, () => {
      p.syscallTo(length, "read", attribute, file, LONGEST_PATH - 1);
      p.syscall("close", attribute);
    });
    p.syscall("close", device);
    // Cuts off the line feed at the end.
    p.when(length, ">", 0, () => {
      const place = p.variable();
      p.math(place, length, "sub", 1);
      p.math(place, place, "add", file);
      p.store(1, place, 0);
    });
  });
}

function inShare(p: Builder, file: Address, minors: Address, found: Variable): void {
  const [fd, minor, known] = [p.variable(), p.variable(), p.variable()];
  p.syscallTo(fd, "openat", AT_FDCWD, file, O_PATH | O_CLOEXEC, 0);
  p.when(fd, ">=", 0, () => {
    minorOf(p, minor, fd);
    p.when(minor, ">=", 0, () =>
      p.when(minor, "<", MINORS, () => {
        p.math(minor, minor, "add", minors);
        p.load(known, 1, minor);
        p.when(known, "!=", 0, () => p.set(found, 1));
      }),
    );
    p.syscall("close", fd);
  });
}

/** The minor number of a file's file system; -1 if that has a device (include/linux/kdev_t.h). */
function minorOf(p: Builder, to: Variable, fd: Value): void {
  p.scope(() => {
    const stat = p.buffer(STAT_SIZE);
    const [device, high] = [p.variable(), p.variable()];
    p.syscall("fstat", fd, stat);
    p.load(device, 8, stat);
    p.math(high, device, "and", 0xfff00);
    p.math(to, device, "and", 0xff);
    p.math(device, device, "shr", 12);
    p.math(device, device, "and", 0xfff00);
    p.math(to, to, "or", device);
    p.when(high, "!=", 0, () => p.set(to, -1));
  });
}

/** sync(2) in a child; when that gets nowhere any more, this goes on without it. */
function syncAll(p: Builder, late: () => void): void {
  p.scope(() => {
    const done = pipe(p);
    const child = p.variable();
    const before = p.variable();
    writtenPages(p, before);
    p.syscallTo(child, "clone", SIGCHLD, 0, 0, 0, 0);
    p.when(child, "==", 0, () => {
      p.syscall("sync");
      p.exit(0);
    });
    p.syscall("close", done.write);
    const poll = p.buffer(8);
    const time = p.buffer(16);
    p.store(4, poll, done.read);
    p.store(2, at(poll, 4), POLLIN);
    const [ended, written, periods] = [p.variable(), p.variable(), p.variable()];
    p.set(periods, 0);
    p.loop((jumpOut) => {
      // The kernel stores the time that is left.
      p.store(8, time, DEVICE_SECONDS);
      p.store(8, at(time, 8), 0);
      p.syscallTo(ended, "ppoll", poll, 1, time, 0, 8);
      p.when(ended, "!=", 0, jumpOut);
      writtenPages(p, written);
      p.when(written, "==", before, jumpOut);
      p.set(before, written);
      p.math(periods, periods, "add", 1);
      p.when(periods, "==", MOST_PERIODS, jumpOut);
    });
    p.syscall("close", done.read);
    p.when(ended, "==", 0, late, () => p.syscall("wait4", child, 0, 0, 0));
  });
}

/** A value that changes with the number of pages that the guest has written back: the first eight of its digits. */
function writtenPages(p: Builder, to: Variable): void {
  p.scope(() => {
    const text = p.buffer(WRITTEN.page);
    const [fd, end, place, head] = [p.variable(), p.variable(), p.variable(), p.variable()];
    p.set(to, 0);
    p.syscallTo(fd, "openat", AT_FDCWD, p.text("/proc/vmstat"), O_RDONLY | O_CLOEXEC, 0);
    p.when(fd, ">=", 0, () => {
      p.syscallTo(end, "read", fd, text, WRITTEN.page);
      p.syscall("close", fd);
      p.math(end, end, "add", text);
      p.math(end, end, "sub", WRITTEN.line.length + 8);
      p.set(place, text);
      p.loop((jumpOut) => {
        p.when(place, ">", end, jumpOut);
        p.load(head, 8, place);
        p.when(head, "==", word(WRITTEN.line.slice(0, 8)), () => {
          p.math(place, place, "add", WRITTEN.line.length);
          p.load(to, 8, place);
          jumpOut();
        });
        p.math(place, place, "add", 1);
      });
    });
  });
}
