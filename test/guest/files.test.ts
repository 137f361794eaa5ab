import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { anotherUser, base, emptyDirectory, project, vmTest, vmTestOn } from "../harness/index.ts";

vmTest("what the command does to its working directory stays", () => {
  const cwd = project({ old: "old\n", gone: "" });
  return {
    cwd,
    guest: "echo new >new; echo more >>old; rm gone; mkdir deep; mv old deep/moved; ln -s new link",
    after: () => {
      expect(readdirSync(cwd).sort()).toEqual(["deep", "link", "new"]);
      expect(readFileSync(join(cwd, "deep/moved"), "utf8")).toBe("old\nmore\n");
      expect(readFileSync(join(cwd, "link"), "utf8")).toBe("new\n");
    },
  };
});

vmTestOn("one", "a share that is relative, and one inside another", () => {
  const cwd = emptyDirectory("outer");
  mkdirSync(join(cwd, "inner"));
  return {
    cwd,
    flags: ["--share", ".", "--share", "inner:ro"],
    guest: "echo x >outer; echo x >inner/no",
    stderr: /Read-only file system\n$/,
    status: 2,
    after: () => expect(readdirSync(cwd, { recursive: true }).sort()).toEqual(["inner", "outer"]),
  };
});

for (const [what, name] of [
  ["a comma", "a,b"],
  ["two commas", "a,,b"],
  ["an equals sign", "a=b"],
  ["a colon", "a:b"],
  ["a quote", `a'b"c`],
  ["a space", "a b "],
  ["a newline", "a\nb"],
  ["a backslash", "a\\054b"],
  ["letters beyond ASCII", "ä→🐧"],
  ["a name that looks like an option", "--kernel"],
] as const) {
  vmTestOn("one", `a working directory and a share with ${what} in the path`, () => {
    const cwd = join(project({ [`${name}/file`]: "text\n" }), name);
    const shared = join(project({ [`${name}/file`]: "" }), name);
    return {
      cwd,
      flags: ["--share", shared],
      guest: ["sh", "-c", 'pwd; cat file; echo new >"$1/new"; echo new >new', "sh", shared],
      stdout: `${cwd}\ntext\n`,
      after: () => {
        expect(readdirSync(cwd).sort()).toEqual(["file", "new"]);
        expect(readdirSync(shared).sort()).toEqual(["file", "new"]);
      },
    };
  });
}

vmTestOn("one", "a working directory under /tmp is there, and nothing else of /tmp", () => {
  const cwd = mkdtempSync("/tmp/vimto-cwd-");
  return {
    cwd,
    guest: "pwd; ls -A /tmp; echo x >file",
    stdout: `${cwd}\n${basename(cwd)}\n`,
    after: () => {
      expect(readFileSync(join(cwd, "file"), "utf8")).toBe("x\n");
      rmSync(cwd, { recursive: true });
    },
  };
});

vmTestOn("one", "what is written in a working directory of /dev/shm stays", () => {
  const cwd = mkdtempSync("/dev/shm/vimto-cwd-");
  return {
    cwd,
    guest: "pwd; echo x >file; findmnt -no FSTYPE /dev/shm",
    stdout: `${cwd}\ntmpfs\n`,
    after: () => {
      expect(readFileSync(join(cwd, "file"), "utf8")).toBe("x\n");
      rmSync(cwd, { recursive: true });
    },
  };
});

vmTestOn("one", "that the root is not shared for writing is said", () => ({
  cwd: "/",
  guest: "pwd; touch file 2>/dev/null; echo $?",
  stdout: "/\n0\n",
  stderr:
    'vimto: the working directory "/" is not shared, as it is a directory of the system: what the command writes there is lost, but for what is below a --share\n',
  after: () => expect(readdirSync("/")).not.toContain("file"),
}));

vmTest("files can be mapped into memory, locked and executed", () => {
  const cwd = project({ run: "#!/bin/sh\necho ran\n" });
  return {
    cwd,
    guest: "cp /bin/true mapped && ./mapped && chmod +x run && ./run && flock run echo locked",
    stdout: "ran\nlocked\n",
  };
});

vmTestOn("one", "a working directory below one that the caller may search and not list", () => {
  const top = realpathSync(mkdtempSync(join(base, "closed-")));
  const cwd = join(top, "closed/mine");
  mkdirSync(cwd, { recursive: true });
  const user = anotherUser(cwd);
  chmodSync(top, 0o755);
  chmodSync(join(top, "closed"), 0o311);
  return {
    cwd,
    cache: user.cache,
    under: user.under,
    guest: "pwd; echo new >new; stat -c %a ..",
    stdout: `${cwd}\n311\n`,
    stderr: `vimto: you may search and not list the directory "${top}/closed"; of what is in it, the guest has the shares alone\n`,
    after: () => {
      chmodSync(join(top, "closed"), 0o755);
      expect(readFileSync(join(cwd, "new"), "utf8")).toBe("new\n");
    },
  };
});
