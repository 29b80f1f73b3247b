/** `%store`: variables that cross over between boards and this computer, and are kept there. */

import { IotError, UsageError } from "@/base/errors.ts";
import { alignColumns } from "@/base/text.ts";
import { isName } from "@/store/names.ts";
import type { Value } from "@/store/value.ts";
import type { VariableStore } from "@/store/variable_store.ts";
import { type Context, defineCommand } from "./command.ts";

interface StoreArguments {
  readonly names: readonly string[];
  readonly restore: boolean;
  readonly forget: boolean;
  readonly reset: boolean;
}

/** As much of a value as IPython's list shows. Source: IPython, extensions/storemagic.py. */
const SHOWN_LENGTH = 50;

/** Values of larger files are not read only to show how they begin. */
const MAX_SHOWN_FILE_BYTES = 4 * 1024 * 1024;

/** `%store`. */
export const store = defineCommand<StoreArguments>({
  name: "store",
  summary: "Exchange variables between microcontrollers and the host.",
  group: "host",
  surfaces: ["notebook", "shell"],
  takesDevice: "--device",
  arguments(parser) {
    const flag = (short: string, long: string, help: string) =>
      parser.add_argument(short, long, { action: "store_true", help });
    flag(
      "-r",
      "--restore",
      "copy variables from the host to the microcontroller; all without NAME",
    );
    flag("-d", "--forget", "forget what is stored under each NAME");
    flag("-z", "--reset", "forget all variables");
    parser.add_argument("names", {
      nargs: "*",
      metavar: "NAME",
      help: "variables to copy from the microcontroller to the host; without any, list what is " +
        "stored",
    });
  },
  async run(context, args) {
    checkUse(args);
    const { VariableStore } = await import("@/store/variable_store.ts");
    const kept = await VariableStore.open((name) => context.environment.raw(name));
    const names = [...new Set(args.names)];
    if (args.reset) await forgetAll(kept, context);
    else if (args.forget) await forget(kept, names);
    else if (args.restore && names.length === 0) await restoreAll(kept, context);
    else if (args.restore) await restore(kept, names, context);
    else if (names.length === 0) await list(kept, context);
    else await keep(kept, names, context);
  },
});

/** @throws {UsageError} for options that contradict each other, and what IPython's own does besides. */
function checkUse({ names, restore, forget, reset }: StoreArguments): void {
  if (Number(restore) + Number(forget) + Number(reset) > 1) {
    throw new UsageError("%store does one thing at a time: -r, -d or -z.");
  }
  if (reset && names.length > 0) {
    throw new UsageError(`%store -z forgets all. To forget only ${names.join(" ")}: %store -d.`);
  }
  if (forget && names.length === 0) {
    throw new UsageError("Say which variable to forget: %store -d NAME. %store -z forgets all.");
  }
  for (const name of names) {
    if (name.startsWith(">")) {
      throw new UsageError(
        "%store does not write text files. Store the variable, and in a cell with %%host: " +
          "`%store -r NAME`, then `%store NAME >FILE`.",
      );
    }
    if (!isName(name)) {
      throw new UsageError(
        `%store takes names of variables, and "${name}" is none. Give the value a name first.`,
      );
    }
  }
}

async function keep(kept: VariableStore, names: readonly string[], context: Context) {
  const { readValue } = await import("@/device/values/read_value.ts");
  const { typeName } = await import("@/store/value.ts");
  const device = await context.devices.current(context);
  // Read first: a name that is wrong leaves the store as it was.
  const values = new Map<string, Value>();
  for (const name of names) values.set(name, await readValue(device, name, context));
  for (const [name, value] of values) {
    await kept.write(name, value);
    await context.sink.write("stdout", `Stored '${name}' (${typeName(value)})\n`);
  }
}

async function restore(kept: VariableStore, names: readonly string[], context: Context) {
  // Read first: a name that is wrong leaves the board as it was.
  const values = new Map<string, Value>();
  for (const name of names) values.set(name, await kept.read(name));
  for (const [name, value] of values) await give(name, value, context);
}

/** All that cross; a store may well hold what only this computer knows. */
async function restoreAll(kept: VariableStore, context: Context): Promise<void> {
  const names = await kept.names();
  await context.devices.current(context);
  for (const name of names) {
    context.signal.throwIfAborted();
    let value: Value;
    try {
      value = await kept.read(name);
    } catch (error) {
      if (!(error instanceof IotError)) throw error;
      await context.sink.write("stderr", `${error.message}\n`);
      continue;
    }
    try {
      await give(name, value, context);
    } catch (error) {
      const { CannotCross } = await import("@/store/cannot_cross.ts");
      if (!(error instanceof CannotCross)) throw error;
      await context.sink.write("stderr", `${error.message}\n`);
    }
  }
}

async function give(name: string, value: Value, context: Context): Promise<void> {
  const { writeValue } = await import("@/device/values/write_value.ts");
  const { typeName } = await import("@/store/value.ts");
  const device = await context.devices.current(context);
  await writeValue(device, name, { value, signal: context.signal });
  await context.sink.write("stdout", `Restored '${name}' (${typeName(value)})\n`);
}

async function forget(kept: VariableStore, names: readonly string[]): Promise<void> {
  const known = new Set(await kept.names());
  const missing = names.find((name) => !known.has(name));
  // One that is not there leaves the others as they were.
  for (const name of missing === undefined ? names : [missing]) await kept.forget(name);
}

async function forgetAll(kept: VariableStore, { sink }: Context): Promise<void> {
  const names = await kept.names();
  await forget(kept, names);
  const variables = names.length === 1 ? "1 variable" : `${names.length} variables`;
  await sink.write("stdout", `Forgot ${variables}.\n`);
}

async function list(kept: VariableStore, { sink }: Context): Promise<void> {
  const { typeName } = await import("@/store/value.ts");
  const { reprOf } = await import("@/store/python_repr.ts");
  const rows: string[][] = [];
  for (const name of await kept.names()) {
    try {
      const value = await kept.look(name, { maxBytes: MAX_SHOWN_FILE_BYTES });
      rows.push([name, typeName(value), `-> ${reprOf(value, SHOWN_LENGTH)}`]);
    } catch (error) {
      if (!(error instanceof IotError)) throw error;
      rows.push([name, "", "-> <unavailable>"]);
    }
  }
  const lines = ["Stored variables and their in-db values:", ...alignColumns(rows)];
  await sink.write("stdout", `${lines.join("\n")}\n`);
}
