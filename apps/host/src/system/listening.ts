import { dlopen, ptr } from "bun:ffi";
import { randomBytes } from "node:crypto";
import { closeSync } from "node:fs";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "@vimto/linux";
import { Failure } from "../failure.ts";

const library = () =>
  dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    listen: { args: ["i32", "i32"], returns: "i32" },
    connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  }).symbols;

let loaded: ReturnType<typeof library> | undefined;

const F_SETFL = 4;
const TRIES = 8;

/** A listening socket and the one connection to it, which waits to be accepted. */
export type Listening = { readonly listener: number; readonly connection: number };

/**
 * For a server that takes a listening socket. The socket has an abstract name (unix(7)), so nothing of it is on
 * disk. It holds a single connection, ours. Where another process connects first, ours fails, and this tries
 * another name. Throws Failure "file-server".
 */
export function listeningPair(): Listening {
  loaded ??= library();
  for (let tries = 0; tries < TRIES; tries++) {
    const name = Buffer.concat([
      Buffer.from(Uint16Array.of(AF_UNIX).buffer),
      Buffer.from([0]),
      Buffer.from(`vimto-${randomBytes(16).toString("hex")}`),
    ]);
    const listener = loaded.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const connection = loaded.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (
      loaded.bind(listener, ptr(name), name.length) === 0 &&
      loaded.listen(listener, 0) === 0 &&
      loaded.connect(connection, ptr(name), name.length) === 0
    ) {
      loaded.fcntl(connection, F_SETFL, 0);
      return { listener, connection };
    }
    for (const fd of [listener, connection]) if (fd >= 0) closeSync(fd);
  }
  throw new Failure("file-server", "a socket for virtiofsd could not be made; use --fs 9p");
}
