import type { Tally } from "./tally.ts";
import { formatBytes, formatSeconds } from "./units.ts";

const LEAST_BAR = 8;
const WIDEST_BAR = 40;

/**
 * One line of at most `columns` - 1 characters: share, bar, bytes, rate, layers, time left. Where the
 * terminal is narrow the bar goes first, then what is to the right.
 */
export function drawBar(tally: Tally, now: number, columns: number): string {
  const { received, total, unpacked, layers, noun } = tally;
  const share = total === 0 ? 1 : Math.min(1, received / total);
  const rate = tally.rate(now);
  const isFetching = received < total;
  const parts = [
    `${String(Math.floor(share * 100)).padStart(3)}%`,
    `${formatBytes(received)} of ${formatBytes(total)}`,
    ...(isFetching && rate !== undefined ? [`${formatBytes(rate)}/s`] : []),
    `${unpacked} of ${layers.length} ${noun}s unpacked`,
    ...(isFetching && rate ? [`${formatSeconds((total - received) / rate)} left`] : []),
  ];
  const width = columns - 1;
  const room = width - parts.join("  ").length - "  []".length;
  if (room >= LEAST_BAR) parts.splice(1, 0, bar(share, Math.min(room, WIDEST_BAR)));
  while (parts.length > 1 && parts.join("  ").length > width) parts.pop();
  return parts.join("  ").slice(0, Math.max(width, 0));
}

function bar(share: number, width: number): string {
  const filled = Math.floor(share * width);
  const head = filled < width ? ">" : "";
  return `[${"=".repeat(filled)}${head}${" ".repeat(Math.max(0, width - filled - head.length))}]`;
}
