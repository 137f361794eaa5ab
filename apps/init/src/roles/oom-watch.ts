import type { Builder } from "@vimto/asm";
import { MAP_ANONYMOUS, MAP_POPULATE, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "@vimto/linux";

/** More than a processor keeps free pages for itself. */
const BYTES = 512 << 10;
const SECOND = 1;

/**
 * Asks for a little memory each second and gives it back, so that the kernel notices when memory is out. It
 * looks for a process to kill only when it may also write back files, and not in a read that fills the page
 * cache (mm/page_alloc.c, __alloc_pages_may_oom: "The OOM killer does not compensate for IO-less reclaim");
 * such a read tries for ever, and here every page of a program is read like that, over 9p. A machine
 * whose only busy process is the one that took all memory stopped for good in it: 1 of 5 runs of `tail
 * /dev/zero` in 64 MiB on Linux 6.12.
 */
export function oomWatch(p: Builder): void {
  const time = p.buffer(16);
  const place = p.variable();
  p.store(8, time, SECOND);
  p.loop(() => {
    p.syscall("nanosleep", time, 0);
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    p.syscallTo(place, "mmap", 0, BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
    p.when(place, ">", 0, () => p.syscall("munmap", place, BYTES));
  });
}
