import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { anyKernel, emptyDirectory, startedBy } from "../harness/index.ts";

/** The three files of the only template in a cache. */
class Template {
  readonly json: string;
  readonly memory: string;
  readonly state: string;

  constructor(cache: string) {
    const directory = join(cache, "vimto/templates");
    const [key] = readdirSync(directory).flatMap((name) => /^(\w+)\.json$/.exec(name)?.[1] ?? []);
    const [json = "", memory = "", state = ""] = ["json", "memory", "state"].map((part) =>
      join(directory, `${key}.${part}`),
    );
    this.json = json;
    this.memory = memory;
    this.state = state;
  }

  /** Makes the record say that the files are as they should be. */
  forge(): void {
    const record = JSON.parse(readFileSync(this.json, "utf8"));
    const digest = createHash("sha256").update(readFileSync(this.state)).digest("hex");
    const files = { memory: stamp(this.memory), state: stamp(this.state), digest };
    writeFileSync(this.json, JSON.stringify({ ...record, ...files }));
  }
}

function stamp(path: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

/** Changes one bit and puts the time of the last change back. */
function flipBit(path: string, at: number): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

const half = (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2));
const replace = (path: string) => {
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
};
const emptied = (path: string) => {
  const { size } = statSync(path);
  truncateSync(path, 0);
  truncateSync(path, size);
};

/** Found before QEMU is started: the template is made anew. */
const noticed: Readonly<Record<string, (template: Template) => void>> = {
  "the memory is cut short": ({ memory }) => half(memory),
  "the memory is empty": ({ memory }) => truncateSync(memory, 0),
  "the memory is another file with the same content": ({ memory }) => replace(memory),
  "the memory is gone": ({ memory }) => rmSync(memory),
  "the memory is a directory": ({ memory }) => {
    rmSync(memory);
    mkdirSync(join(memory, "below"), { recursive: true });
  },
  "the state is cut short": ({ state }) => half(state),
  "the state has a flipped bit": ({ state }) => flipBit(state, 12_345),
  "the state has a flipped bit that its times do not show": (template) => {
    const { digest } = JSON.parse(readFileSync(template.json, "utf8"));
    flipBit(template.state, 12_345);
    template.forge();
    const record = JSON.parse(readFileSync(template.json, "utf8"));
    writeFileSync(template.json, JSON.stringify({ ...record, digest }));
  },
  "the state is a symbolic link": ({ state }) => {
    renameSync(state, `${state}.elsewhere`);
    symlinkSync(`${state}.elsewhere`, state);
  },
  "memory and state are each other": ({ memory, state }) => {
    renameSync(memory, `${memory}.other`);
    renameSync(state, memory);
    renameSync(`${memory}.other`, state);
  },
  "the record is cut short": ({ json }) => half(json),
  "the record is empty": ({ json }) => truncateSync(json, 0),
  "the record is no record": ({ json }) => writeFileSync(json, '[{"memory":1}]'),
  "the record is gone": ({ json }) => rmSync(json),
};

/** Found when QEMU or the machine fails: this run boots, the next one makes a template. */
const unnoticed: Readonly<Record<string, (template: Template) => void>> = {
  "a state that is no state": ({ state }) => writeFileSync(state, "x".repeat(500_000)),
  "a state without its end": ({ state }) => half(state),
  "an empty state": ({ state }) => truncateSync(state, 0),
  "a memory of nothing but zeros": ({ memory }) => emptied(memory),
  "an empty memory": ({ memory }) => truncateSync(memory, 0),
};

describe("a template whose files were changed", () => {
  const kernel = anyKernel();
  const cache = emptyDirectory("cache");
  const run = () => startedBy(kernel, "cat /proc/sys/kernel/ostype; exit 3", { cache });
  const right = { status: 3, stdout: "Linux\n" };

  beforeAll(async () => {
    expect(await run()).toEqual({ ...right, start: "template", why: "" });
    expect(await run()).toEqual({ ...right, start: "clone", why: "" });
  });

  test.each(Object.entries(noticed))("%s", async (_name, damage) => {
    damage(new Template(cache));
    expect(await run()).toEqual({ ...right, start: "template", why: "" });
    expect(await run()).toEqual({ ...right, start: "clone", why: "" });
  });

  test.each(Object.entries(unnoticed))(
    "recorded as if it were whole: %s",
    async (_name, damage) => {
      const template = new Template(cache);
      damage(template);
      template.forge();
      expect(await run()).toMatchObject({
        ...right,
        start: "boot",
        why: expect.stringMatching(/./),
      });
      expect(await run()).toEqual({ ...right, start: "template", why: "" });
    },
  );
});
