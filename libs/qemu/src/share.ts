import { type Device, device } from "./device.ts";
import { QemuError } from "./error.ts";
import { option } from "./option.ts";
import { shareAddress } from "./slots.ts";

/** A host directory that the guest may mount by its tag. */
export type Share = {
  /** 1 to 31 bytes, unique in a machine. */
  readonly tag: string;
  readonly path: string;
  readonly readonly: boolean;
};

/** Which of the places for shares a list takes. */
export type SharePlace = { readonly first: number; readonly total: number };

// hw/9pfs/9p.h MAX_TAG_LEN is 32 and counts a terminating NUL.
const tagLimit = 31;

/**
 * 9p shares, in the order given. The number of shares, their order and their tags shape the machine;
 * their paths do not, so a saved machine may resume with other paths behind the same slots.
 *
 * `place` is where they are among all shares of the machine.
 *
 * multidevs=remap keeps inode numbers apart where a share spans several file systems.
 */
export function shares(
  list: readonly Share[],
  place: SharePlace = { first: 0, total: list.length },
): readonly Device[] {
  const seen = new Set<string>();
  return list.map((share, offset) => {
    const index = place.first + offset;
    const length = Buffer.byteLength(share.tag);
    if (length < 1 || length > tagLimit) {
      throw new QemuError(
        "bad-value",
        `share tag "${share.tag}" is ${length} bytes long; a tag has 1 to ${tagLimit}`,
      );
    }
    if (seen.has(share.tag)) {
      throw new QemuError("bad-value", `share tag "${share.tag}" is used twice; tags are unique`);
    }
    seen.add(share.tag);
    const id = `share${index}`;
    const { addr, multifunction } = shareAddress(index, place.total);
    return device([
      "-fsdev",
      option(
        ["local"],
        ["id", id],
        ["path", share.path],
        ["security_model", "none"],
        ["multidevs", "remap"],
        ...(share.readonly ? [["readonly", "on"] as const] : []),
      ),
      "-device",
      option(
        ["virtio-9p-pci"],
        ["id", `${id}-device`],
        ["fsdev", id],
        ["mount_tag", share.tag],
        ["addr", addr],
        ...(multifunction ? [["multifunction", "on"] as const] : []),
      ),
    ]);
  });
}
