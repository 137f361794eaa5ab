const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** "90s", "30m" or "8h" in seconds. Throws RangeError for anything else. */
export function parseDuration(text: string): number {
  const [, count, unit = ""] = /^([1-9][0-9]{0,5})([smh])$/.exec(text) ?? [];
  if (count === undefined)
    throw new RangeError(`"${text}" is no time to run; give one such as 90s, 30m or 8h`);
  return Number(count) * (SECONDS[unit] ?? 1);
}
