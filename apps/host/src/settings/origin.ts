import type { KernelTable } from "./kernel-table.ts";
import type { SettingKey } from "./table/table.ts";
import { shownPath } from "./user-error.ts";

/** Where a setting was written. */
export type Origin =
  | { readonly from: "flag"; readonly spelling: string }
  | { readonly from: "environment"; readonly variable: string }
  | {
      readonly from: "file";
      readonly path: string;
      readonly line: number;
      readonly key: SettingKey;
    }
  | { readonly from: "default" };

/** What a sentence calls the value of a setting from this place. */
export function valueName(origin: Origin): string {
  switch (origin.from) {
    case "flag":
      return origin.spelling;
    case "environment":
      return origin.variable;
    case "file":
      return `${shownPath(origin.path)}:${origin.line}: ${origin.key}`;
    case "default":
      return "the default";
  }
}

/** Where a setting comes from, as `vimto config` says it. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case "flag":
      return `option ${origin.spelling}`;
    case "environment":
      return `environment ${origin.variable}`;
    case "file":
      return `${shownPath(origin.path)}:${origin.line}`;
    case "default":
      return "default";
  }
}

/** One value as text, before it is checked. */
export interface Entry {
  readonly text: string;
  readonly origin: Origin;
  /** What a table below `kernels` says besides the kernel. */
  readonly table?: KernelTable;
}

/**
 * What one place says: for each setting its values in order. A list keeps all of them, any other setting the
 * last.
 */
export type Layer = ReadonlyMap<SettingKey, readonly Entry[]>;
