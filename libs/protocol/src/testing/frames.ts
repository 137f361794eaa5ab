import { Decoder, type DecoderOptions, type Frame } from "../decode.ts";
import { WireError } from "../error.ts";

/** All frames of a channel that delivered these chunks and then ended. */
export function decode(chunks: readonly Uint8Array[], options?: DecoderOptions): Frame[] {
  const decoder = new Decoder(options);
  const frames = chunks.flatMap((chunk) => decoder.push(chunk));
  decoder.end();
  return frames;
}

/** What a receiver sees of any bytes: the frames up to the fault, and the fault or "". */
export function outcome(chunks: readonly Uint8Array[]): { frames: Frame[]; fault: string } {
  const decoder = new Decoder();
  const frames: Frame[] = [];
  try {
    for (const chunk of chunks) frames.push(...decoder.push(chunk));
    decoder.end();
    return { frames, fault: "" };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { frames, fault: error.message };
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The same with neighbouring data pieces of one stream put together. */
export function joined(frames: readonly Frame[]): Frame[] {
  const result: Frame[] = [];
  for (const frame of frames) {
    const last = result.at(-1);
    if (frame.kind === "data" && last?.kind === "data" && last.stream === frame.stream) {
      result[result.length - 1] = { ...last, bytes: concat([last.bytes, frame.bytes]) };
    } else {
      result.push(frame);
    }
  }
  return result;
}
