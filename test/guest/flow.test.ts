import { join } from "node:path";
import { expect } from "vitest";
import {
  executable,
  markedProcesses,
  peakMemory,
  project,
  StoppedReader,
  stoppingReader,
  vmTest,
  vmTestOn,
} from "../harness/index.ts";

const MiB = 1024 * 1024;

/** What `seq -f "BEFORE%.0f" 1 last` prints. */
const numbers = (last: number, before = "") =>
  Array.from({ length: last }, (_, index) => `${before}${index + 1}\n`).join("");

// virtio_console forgets a wakeup when a port is polled while another thread is blocked writing to
// it (drivers/char/virtio_console.c, port_fops_poll and wait_port_writable): with two processors in
// the guest on one of the host, output of many short lines then stops for ever.
vmTest("many short lines, two processors in the guest, one of the host", {
  under: ["taskset", "-c", "0"],
  flags: ["--smp", "2"],
  guest: 'seq 1 100000 | while read i; do echo "line $i"; done',
  stdout: numbers(100_000, "line "),
});

vmTest("many short lines on stdout and stderr at once", {
  under: ["taskset", "-c", "0"],
  flags: ["--smp", "2"],
  guest:
    'for i in $(seq 1 5000); do echo "err $i"; done >&2 & for i in $(seq 1 5000); do echo "out $i"; done; wait',
  stdout: numbers(5000, "out "),
  stderr: new RegExp(`^${numbers(5000, "err ")}$`),
});

// In the guest: which processes have the port open, and whether they poll it while it is busy. strace sees calls,
// fdinfo what an epoll descriptor watches from before (fs/eventpoll.c, ep_show_fdinfo).
const watchPolls = `
for fd in /proc/[0-9]*/fd/*; do
  case $(readlink "$fd") in /dev/vport*) owners="$owners $fd";; esac
done
for owner in $owners; do
  pid=\${owner#/proc/} pid=\${pid%%/*}
  [ -e polls.$pid ] || strace -f -qq -e trace=poll,ppoll,select,pselect6,epoll_ctl -o polls.$pid -p $pid &
  tracers="$tracers $!"
  until grep -q 'TracerPid:.[1-9]' /proc/$pid/status; do sleep 0.1; done
done
seq 1 20000
seq 1 2000 >&2
for owner in $owners; do
  pid=\${owner#/proc/} pid=\${pid%%/*} fd=\${owner##*/}
  watched="$watched port"
  grep -hE "^tfd: +$fd " /proc/$pid/fdinfo/* && echo "an epoll descriptor of $pid watches the port"
  grep -E "epoll_ctl\\([0-9]+, [A-Z_]+, $fd,|\\{fd=$fd,|select\\([0-9]+, \\[[^]]*\\b$fd\\b" polls.$pid
done
kill -INT $tracers
wait
echo "watched\${watched%% *}\${watched:+ the port}"
`;

vmTestOn(["builtin-6.12", "debian-6.1"], "nobody in the guest polls the port", () => ({
  cwd: project(),
  flags: ["--sudo"],
  guest: watchPolls,
  stdout: `${numbers(20_000)}watched the port\n`,
  stderr: numbers(2000),
}));

// relay-feed has ended with stdin.
const GUEST_INIT = ["init", "relay-in", "relay-out", "serve", "launch", "oom-watch"];

vmTest("300 MB each way at once, with a reader that pauses", () => {
  const cwd = project();
  Bun.spawnSync(["sh", "-c", `head -c ${300 * MiB} /dev/urandom >input`], { cwd });
  const digest = Bun.spawnSync(["sha256sum"], { stdin: Bun.file(join(cwd, "input")) }).stdout;
  let peak = 0;
  return {
    cwd,
    under: [
      "bash",
      "-c",
      `set -o pipefail; <input tee /dev/null | "$@" | ${stoppingReader(100 * MiB)} | sha256sum`,
      "bash",
    ],
    // Peak memory of the processes of guest init.
    guest: `cat; grep -h VmHWM $(grep -lE '^Name:.(${GUEST_INIT.join("|")})$' /proc/[0-9]*/status) >&2`,
    host: async (running) => {
      const reader = await StoppedReader.of(running);
      await Bun.sleep(4000);
      peak = peakOf(running.mark);
      reader.goOn();
    },
    stdout: digest.toString(),
    // Below 200,000 kB.
    stderr: new RegExp(`^(VmHWM:\\s+1?[0-9]{1,5} kB\n){${GUEST_INIT.length}}$`),
    after: () => {
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThan(200 * MiB);
    },
  };
});

/** Peak memory of the vimto that runs under the mark, in bytes; QEMU is another program. */
function peakOf(mark: string): number {
  const own = markedProcesses(mark).filter(({ command }) => command.startsWith(executable));
  return Math.max(0, ...own.map(({ pid }) => peakMemory(pid)));
}
