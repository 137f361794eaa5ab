import { dlopen } from "bun:ffi";
import { chmodSync } from "node:fs";

const NOBODY = 65534;

/**
 * Runs `use` while only root may read the path: as root, who may read everything, this thread gives up that
 * right meanwhile (setfsuid(2), for a single thread).
 */
export function whileUnreadable<T>(path: string, use: () => T): T {
  chmodSync(path, 0o000);
  if (process.getuid?.() !== 0) return restored(path, use);
  const libc = dlopen("libc.so.6", { setfsuid: { args: ["u32"], returns: "i32" } });
  libc.symbols.setfsuid(NOBODY);
  try {
    return use();
  } finally {
    libc.symbols.setfsuid(0);
    libc.close();
    chmodSync(path, 0o700);
  }
}

function restored<T>(path: string, use: () => T): T {
  try {
    return use();
  } finally {
    chmodSync(path, 0o700);
  }
}
