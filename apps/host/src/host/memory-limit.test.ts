import { expect, test } from "vitest";
import { memoryLimit } from "./memory-limit.ts";

/** Reads from these files and no others. */
const files = (texts: Readonly<Record<string, string>>) => (path: string) => {
  const text = texts[path];
  if (text === undefined) throw new Error(`no ${path}`);
  return text;
};

function told(read: (path: string) => string) {
  const limit = memoryLimit(read);
  return limit && { bytes: limit.bytes, held: limit.held(), oomKills: limit.oomKills() };
}

const v2Mount = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
const v1Mount = (root: string) =>
  `31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n33 23 0:28 ${root} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`;

test("v2: the lowest limit from the own group upwards counts", () => {
  const read = files({
    "/proc/self/cgroup": "0::/user.slice/a.scope\n",
    "/proc/self/mountinfo": v2Mount,
    "/sys/fs/cgroup/user.slice/a.scope/memory.max": "max\n",
    "/sys/fs/cgroup/user.slice/a.scope/memory.events": "low 0\noom 2\noom_kill 3\n",
    "/sys/fs/cgroup/user.slice/memory.max": "314572800\n",
    "/sys/fs/cgroup/user.slice/memory.stat": "anon 4096\nfile 99\nshmem 8192\n",
  });
  expect(told(read)).toEqual({ bytes: 300 << 20, held: 12288, oomKills: 3 });
});

test("v2 in a container with a control group namespace", () => {
  const read = files({
    "/proc/self/cgroup": "0::/\n",
    "/proc/self/mountinfo": v2Mount,
    "/sys/fs/cgroup/memory.max": "209715200\n",
  });
  expect(told(read)).toEqual({ bytes: 200 << 20, held: 0, oomKills: 0 });
});

test.each(["/docker/abc", "/docker/other"])(
  "v1 in a container without one, whose mount shows %s",
  (root) => {
    const read = files({
      "/proc/self/cgroup": "8:pids:/docker/abc\n4:memory:/docker/abc\n0::/\n",
      "/proc/self/mountinfo": v1Mount(root),
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n",
      "/sys/fs/cgroup/memory/memory.stat": "rss 7\ntotal_rss 1\ntotal_shmem 2\n",
      "/sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
    });
    expect(told(read)).toEqual({ bytes: 256 << 20, held: 3, oomKills: 1 });
  },
);

test("no limit: v1's largest number, max, no control groups at all", () => {
  const unlimited = files({
    "/proc/self/cgroup": "4:memory:/\n",
    "/proc/self/mountinfo": v1Mount("/"),
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
  });
  expect(memoryLimit(unlimited)).toBeUndefined();
  expect(memoryLimit(files({}))).toBeUndefined();
});
