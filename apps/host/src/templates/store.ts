import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, rmSync } from "node:fs";
import type { Cache } from "../cache/cache.ts";
import { openNameless } from "../cache/nameless.ts";
import { errorCode, Failure } from "../failure.ts";
import { SystemError } from "../system/libc.ts";
import { hostBoot } from "./key.ts";

/** The two open files of a template: a machine's memory, and the state of its devices. */
export type TemplateFiles = { readonly memory: number; readonly state: number };

/** A template that can be resumed. */
export type Template = TemplateFiles & {
  /** The guest's clock when it resumes: milliseconds since 1970. */
  readonly clock: number;
};

/** A template being made: files without names, which disappear unless `publish` is called. */
export type Draft = TemplateFiles & {
  publish(about: string, clock: number): void;
  discard(): void;
};

/** What is kept beside a template's two files. */
export type TemplateRecord = {
  /** A description of the machine, for people. */
  readonly about: string;
  /** The host's boot that it belongs to. */
  readonly boot: string;
  readonly memory: string;
  readonly state: string;
  readonly digest: string;
  /** The guest's clock when the machine stopped: milliseconds since 1970. */
  readonly clock: string;
};

const name = (key: string, part: string) => `templates/${key}.${part}`;

/**
 * Opens a template and checks it: its memory must be the very file that was recorded, untouched since,
 * and its state must have the recorded digest. Undefined when no template passes.
 */
export function openTemplate(cache: Cache, key: string): Template | undefined {
  const release = cache.use(name(key, "json"));
  if (release === undefined) return undefined;
  const files = openRecorded(cache, key);
  if (files === undefined) release();
  return files;
}

function openRecorded(cache: Cache, key: string): Template | undefined {
  const record = readRecord(cache, key);
  if (record === undefined) return undefined;
  const open: number[] = [];
  const openPart = (part: string, flags: number) => {
    const fd = openSync(
      cache.path(name(key, part)),
      flags | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    open.push(fd);
    return fd;
  };
  try {
    const memory = openPart("memory", constants.O_RDWR);
    const state = openPart("state", constants.O_RDONLY);
    if (
      stamp(memory) === record.memory &&
      stamp(state) === record.state &&
      digest(state) === record.digest
    )
      return { memory, state, clock: Number(record.clock) };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
  for (const fd of open) closeSync(fd);
  return undefined;
}

/** Takes a template away, so that the next run makes it anew. */
export function dropTemplate(cache: Cache, key: string): void {
  for (const part of ["json", "memory", "state"]) {
    try {
      rmSync(cache.path(name(key, part)), { force: true, recursive: true });
    } catch {
      // A cache that cannot be written keeps it; every run checks it again.
    }
  }
}

/** Files for a new template. Throws the error of a cache that cannot be written. */
export function draftTemplate(cache: Cache, key: string): Draft {
  const memory = openNameless(cache.path(name(key, "memory")));
  const state = openNameless(cache.path(name(key, "state")));
  return {
    memory: memory.fd,
    state: state.fd,
    discard: () => {
      memory.close();
      state.close();
    },
    publish: (about, clock) => {
      dropTemplate(cache, key);
      memory.finish();
      state.finish();
      const record: TemplateRecord = {
        about,
        boot: hostBoot(),
        memory: stamp(memory.fd),
        state: stamp(state.fd),
        digest: digest(state.fd),
        clock: clock.toFixed(3),
      };
      cache.keepText(name(key, "json"), JSON.stringify(record));
    },
  };
}

/** Whether an error means that a template cannot be kept here, and a fresh boot is the way. */
export const cannotKeep = (error: unknown): boolean =>
  error instanceof SystemError || error instanceof Failure || errorCode(error) !== undefined;

export function readRecord(cache: Cache, key: string): TemplateRecord | undefined {
  const text = cache.readText(name(key, "json"));
  if (text === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

const fields = ["about", "boot", "memory", "state", "digest", "clock"] as const;

const isRecord = (value: unknown): value is TemplateRecord =>
  typeof value === "object" &&
  value !== null &&
  fields.every((field) => typeof Reflect.get(value, field) === "string");

/** Changes whenever the file is written, cut or replaced (inode(7)); the kernel sets ctime itself. */
function stamp(fd: number): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(fd, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

/** SHA-256 of a whole file of moderate size, whatever its offset is. */
function digest(fd: number): string {
  const bytes = new Uint8Array(Number(fstatSync(fd).size));
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, bytes.length - at, at);
    if (count === 0) break;
    at += count;
  }
  return createHash("sha256").update(bytes).digest("hex");
}
