import { closeSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { RECORD } from "@vimto/native/records";
import type { HostMessage } from "@vimto/protocol/messages";
import type { Control } from "./control.ts";
import type { Channel } from "./relays.ts";
import { kill, pipe, realTime, sync } from "./syscalls.ts";

const SCRIPT_PIPE = 1 << 20;

/** Does what the host asks for, one message after the other, until the machine is ended. */
export async function serve(control: Control, channel: Channel): Promise<never> {
  for (;;) {
    for (const message of await control.receive()) answer(message, control, channel);
  }
}

function answer(message: HostMessage, control: Control, channel: Channel): void {
  switch (message.kind) {
    case "signal":
      kill(message.pid, message.signal);
      break;
    case "hold":
      channel.hold();
      break;
    case "run":
      run(message.id, Buffer.from(message.script, "base64"), control, channel);
      break;
    case "finish":
      sync();
      tell(channel, RECORD.drain);
      tell(channel, RECORD.synced);
      break;
    case "clock":
      control.send({ kind: "clock", ms: realTime() });
      break;
    case "resize":
      break;
  }
}

/** A command of setup or teardown: `script` becomes it, with no stdin. */
function run(id: number, script: Buffer, control: Control, channel: Channel): void {
  const { read, write } = pipe(SCRIPT_PIPE);
  const child = channel.launch(read);
  closeSync(read);
  for (let sent = 0; sent < script.length; ) sent += writeSync(write, script, sent);
  closeSync(write);
  child.exited.then(() => {
    const { exitCode, signalCode } = child;
    const signal = typeof signalCode === "string" ? constants.signals[signalCode] : signalCode;
    control.send(
      signal === null ? { kind: "ran", id, status: exitCode ?? 0 } : { kind: "ran", id, signal },
    );
  });
}

function tell(channel: Channel, kind: number): void {
  const record = new DataView(new ArrayBuffer(RECORD.size));
  record.setUint32(0, kind, true);
  writeSync(channel.records, new Uint8Array(record.buffer));
}
