import { nearest } from "./nearest.ts";
import type { Entry, Layer } from "./origin.ts";
import { type SettingKey, settingKeys, variableOf } from "./table/table.ts";
import { quoted } from "./user-error.ts";
import { parseBoolean } from "./values.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The Go tool's variable: with it, KVM is not even tried. */
export const disableKvm = "VIMTO_DISABLE_KVM";

/** Names a settings file, as --config does. */
export const configVariable = "VIMTO_CONFIG";

const prefix = "VIMTO_";

const settingVariables = settingKeys.flatMap((key) => {
  const variable = variableOf(key);
  return variable === undefined ? [] : [[key, variable] as const];
});

/** Every variable that vimto reads settings from. */
export const variables: readonly string[] = [
  ...settingVariables.map(([, variable]) => variable),
  configVariable,
  disableKvm,
];

export interface EnvironmentSettings {
  readonly layer: Layer;
  /** Whole sentences about variables that the user may have meant otherwise. */
  readonly warnings: readonly string[];
}

/** The separator between the entries of a variable: a path may have any character except a line break. */
const separators: Partial<Record<SettingKey, RegExp>> = { share: /\n/, publish: /\s+/ };

/**
 * Reads the VIMTO_ variables. An empty one counts as unset.
 *
 * @throws UserError bad-value when VIMTO_DISABLE_KVM is neither true nor false
 */
export function readEnvironment(environment: Environment): EnvironmentSettings {
  const layer = new Map<SettingKey, Entry[]>();
  for (const [key, variable] of settingVariables) {
    const text = environment[variable];
    if (text === undefined || text === "") continue;
    const origin = { from: "environment", variable } as const;
    const between = separators[key];
    const texts = between === undefined ? [text] : text.split(between).filter((one) => one !== "");
    layer.set(
      key,
      texts.map((one) => ({ text: one, origin })),
    );
  }
  const disabled = environment[disableKvm];
  if (disabled && parseBoolean(disabled, disableKvm)) {
    layer.set("accel", [{ text: "tcg", origin: { from: "environment", variable: disableKvm } }]);
  }
  return { layer, warnings: nearMisses(environment) };
}

/** Other programs may have VIMTO_ variables of their own, so only a likely typing error gets a warning. */
function nearMisses(environment: Environment): string[] {
  const endings = variables.map((variable) => variable.slice(prefix.length));
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !variables.includes(name))
    .flatMap((name) => {
      const meant = nearest(name.slice(prefix.length), endings);
      if (meant === undefined) return [];
      return [
        `vimto does not read ${quoted(name)} from the environment; did you mean ${prefix}${meant}?`,
      ];
    });
}
