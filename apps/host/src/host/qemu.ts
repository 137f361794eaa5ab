import type { Architecture } from "@vimto/linux";
import {
  type BinaryIdentity,
  findBinary,
  formatVersion,
  identityKey,
  parseVersion,
  queryVersion,
  readIdentity,
  requireVersion,
  type Version,
} from "@vimto/qemu";
import type { Cache } from "../cache/cache.ts";
import { keyOf } from "../cache/identity.ts";

export type Qemu = {
  readonly path: string;
  readonly identity: BinaryIdentity;
  readonly version: Version;
};

/** Finds QEMU for `architecture`; its version is asked for once. Errors: QemuError "binary-...". */
export async function findQemu(
  cache: Cache,
  architecture: Architecture,
  environment: Readonly<Record<string, string | undefined>>,
  directory: string,
): Promise<Qemu> {
  const path = await findBinary({
    architecture,
    explicit: environment.VIMTO_QEMU,
    path: environment.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    directory,
  });
  const identity = await readIdentity(path);
  const name = `facts/qemu-${keyOf(identityKey(identity))}`;
  const known = cache.useText(name);
  let version = known === undefined ? undefined : parseVersion(known);
  if (version === undefined) {
    version = await queryVersion(path);
    cache.keepText(name, `QEMU emulator version ${formatVersion(version)}\n`);
  }
  requireVersion(path, version);
  return { path, identity, version };
}
