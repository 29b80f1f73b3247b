/** The environment of programs that we start: ours, the settings, and the board in use. */

import { IotError } from "@/base/errors.ts";
import { type Environment, SETTING_NAMES } from "@/config/environment.ts";

/** The board in use, as programs are told of it. */
export interface BoardFacts {
  /** What its device file calls it, else its UID. */
  readonly name?: string;
  /** Its address, e.g. `serial:///dev/ttyACM0`. */
  readonly url: string;
  /** Lower-case hex joined by `:`. */
  readonly uid?: string;
}

/** Facts about the board by the variable that tells them. */
const BOARD_VARIABLES = {
  IOT_DEVICE_NAME: "name",
  IOT_DEVICE_URL: "url",
  IOT_DEVICE_UID: "uid",
} as const satisfies Record<string, keyof BoardFacts>;

/**
 * All variables that a program is started with: those of this process, every `IOT*` setting with its
 * default filled in and expanded, and `IOT_DEVICE_NAME`, `IOT_DEVICE_URL` and `IOT_DEVICE_UID` of
 * the board, if there is one. A setting that cannot be expanded is left as it was: the program may
 * be the editor that mends it.
 *
 * Give it with `clearEnv`, lest a program that another `iot` started hears of that one's board.
 */
export function childEnvironment(
  environment: Environment,
  board?: BoardFacts,
): Record<string, string> {
  const variables: Record<string, string> = { ...environment.variables };
  for (const name of SETTING_NAMES) {
    const value = settingOf(environment, name);
    if (value !== undefined) variables[name] = value;
  }
  for (const [variable, fact] of Object.entries(BOARD_VARIABLES)) {
    const value = board?.[fact];
    if (value === undefined || value === "") delete variables[variable];
    else variables[variable] = value;
  }
  return variables;
}

function settingOf(environment: Environment, name: typeof SETTING_NAMES[number]) {
  try {
    return environment.setting(name);
  } catch (error) {
    if (!(error instanceof IotError)) throw error;
    return undefined;
  }
}
