/** `%loglevel`: how much iot tells of what it does. */

import { levelOf, LOGGERS, setLevel } from "@/base/log.ts";
import { alignColumns } from "@/base/text.ts";
import { LOGGER_NAMES, readLevel, readLogger } from "@/config/log_levels.ts";
import { defineCommand } from "./command.ts";

/** `%loglevel [LEVEL] [LOGGER]`: without arguments, all loggers with their levels. */
export const loglevel = defineCommand<{ level?: string; logger?: string }>({
  name: "loglevel",
  summary: "Set logging level.",
  group: "notebook",
  surfaces: ["notebook"],
  arguments(parser) {
    parser.add_argument("level", {
      nargs: "?",
      metavar: "LEVEL",
      help: "debug, info, warning, error or off; without it, the levels are listed",
    });
    parser.add_argument("logger", {
      nargs: "?",
      metavar: "LOGGER",
      help: "only of this logger and those below it; default: all",
    });
  },
  async run({ sink }, { level, logger }) {
    if (level !== undefined) {
      setLevel(readLevel(level), logger === undefined ? undefined : readLogger(logger));
      return;
    }
    const rows = LOGGER_NAMES.map((name) => [name, levelOf(name), LOGGERS[name]]);
    await sink.write("stdout", `${alignColumns(rows).join("\n")}\n`);
  },
});
