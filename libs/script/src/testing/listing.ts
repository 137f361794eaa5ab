import { type Architecture, syscalls } from "@vimto/linux";
import {
  CALL_SIZE,
  KEEP,
  KEPT_SHIFT,
  ON_FAILURE,
  PSEUDO,
  SCRIPT_ADDRESS,
  SCRIPT_HEADER,
} from "../format.ts";
import type { Script } from "../script.ts";

const onFailure = Object.entries(ON_FAILURE);
const ARGUMENTS = 6;

/**
 * What the bytes of a script say, one line a call, as guest init reads them: the step, the system call with its
 * arguments, and what happens when it fails. For a number that looks like an address of the script, it shows
 * the data there.
 */
export function listing(script: Script, arch: Architecture): string[] {
  const bytes = script.build();
  const view = new DataView(bytes.buffer);
  const calls = view.getUint32(4, true);
  const end = SCRIPT_ADDRESS + bytes.length - SCRIPT_HEADER;
  const begin = SCRIPT_ADDRESS + calls * CALL_SIZE;
  const at = (address: bigint) => Number(address) - SCRIPT_ADDRESS + SCRIPT_HEADER;
  const isPointer = (value: bigint) => value >= begin && value < end;
  const text = (address: bigint) =>
    new TextDecoder().decode(bytes.subarray(at(address), bytes.indexOf(0, at(address))));
  const value = (word: bigint): string => {
    if (!isPointer(word)) return String(BigInt.asIntN(64, word));
    const first = view.getBigUint64(at(word), true);
    if (!isPointer(first)) return JSON.stringify(text(word));
    const words: string[] = [];
    for (let place = at(word); view.getBigUint64(place, true) !== 0n; place += 8)
      words.push(JSON.stringify(text(view.getBigUint64(place, true))));
    return `[${words.join(", ")}]`;
  };
  return Array.from({ length: calls }, (_, index) => {
    const place = SCRIPT_HEADER + index * CALL_SIZE;
    const number = view.getUint32(place, true);
    const mode = view.getUint32(place + 4, true);
    const mask = view.getUint32(place + 8, true);
    const words = Array.from({ length: ARGUMENTS }, (_, i) => {
      if (mask & (1 << i)) return "PREVIOUS";
      if (mask & (1 << (KEPT_SHIFT + i))) return "KEPT";
      return value(view.getBigUint64(place + 16 + 8 * i, true));
    });
    while (words.at(-1) === "0") words.pop();
    if (number === PSEUDO.mark) return `mark ${words[0] ?? 0}`;
    if (number === PSEUDO.started) return "started";
    if (number === PSEUDO.terminal) return `${script.step(index)}: terminal(${words.join(", ")})`;
    const name = Object.entries(syscalls).find(([, numbers]) => numbers[arch] === number)?.[0];
    const failure = onFailure.find(([, code]) => code === (mode & (KEEP - 1)))?.[0];
    const notes = [
      ...(failure === "stop" ? [] : [failure]),
      ...(mode & KEEP ? ["keep"] : []),
      ...((mode >> 8) & 0xff ? [`except ${(mode >> 8) & 0xff}`] : []),
      ...(mode >>> 16 ? [`after ${mode >>> 16}`] : []),
    ];
    const noted = notes.length === 0 ? "" : `  (${notes.join(", ")})`;
    return `${script.step(index)}: ${name}(${words.join(", ")})${noted}`;
  });
}
