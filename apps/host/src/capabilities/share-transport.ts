import type { Device, SharePlace } from "@vimto/qemu";
import type { GuestScript, Step } from "../steps.ts";
import type { FileServer } from "./file-server.ts";

/** A directory of the host behind a device of the machine. */
export type TaggedShare = {
  /** What the guest mounts it by: 1 to 31 bytes, unique in a machine. */
  readonly tag: string;
  /** Absolute. */
  readonly path: string;
  readonly readonly: boolean;
  /** Whether the guest may keep what it has read: true where nothing changes the files through it. */
  readonly keep: boolean;
};

export type ShareMount = {
  readonly tag: string;
  /** Where in the guest. */
  readonly target: string;
  readonly readonly: boolean;
  /** Whether the guest may keep what it has read: true where nothing changes the files through it. */
  readonly keep: boolean;
  /** The name of the step, for the user. */
  readonly step: Step;
};

/** What shares add to a machine. */
export type ShareDevices = {
  readonly devices: readonly Device[];
  readonly fileServers: readonly FileServer[];
};

/** A way in which directories of the host reach the guest. */
export type ShareTransport = {
  readonly name: string;
  /** Whether the devices are plugged into a clone; else its template has them. */
  readonly late: boolean;
  /** The devices of shares, in their order. Throws QemuError "bad-value". */
  readonly devices: (shares: readonly TaggedShare[], place: SharePlace) => ShareDevices;
  /** Adds the calls that mount one share. */
  readonly mount: (script: GuestScript, share: ShareMount) => void;
};
