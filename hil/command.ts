/** `iot hil-test`: checks on all boards of a rig. */

import { type Command, defineCommand } from "@/commands/command.ts";
import type { Product } from "@/cli/main.ts";
import type { Simulator } from "@/cli/sim.ts";

/** What `iot hil-test` is told. */
export interface HilTestArguments {
  readonly notebooks: string[];
  readonly bench: string;
  readonly init: boolean;
  readonly board?: string[];
  readonly check?: string[];
  readonly list: boolean;
  readonly repeat: number;
  readonly until_fail: boolean;
  readonly parallel: boolean;
  readonly shard?: string;
  readonly junit?: string;
  readonly json?: string;
  readonly html?: string;
  readonly power_cycle: boolean;
  readonly seed?: number;
}

/** What the command is made with. */
export interface HilTestOptions {
  readonly simulator: Simulator;
  /** The product under test: known when everything is put together. */
  readonly product: () => Product;
}

/** Makes the command. What it takes is loaded when it is called. */
export function hilTestCommand(options: HilTestOptions): Command {
  return defineCommand<HilTestArguments>({
    name: "hil-test",
    summary: "Check real, emulated and simulated boards of a rig.",
    group: "shell",
    surfaces: ["shell"],
    arguments(parser) {
      parser.add_argument("notebooks", {
        nargs: "*",
        metavar: "NOTEBOOK",
        help: "run these on each board and compare outputs, instead of checks",
      });
      parser.add_argument("--bench", {
        default: "bench.yaml",
        metavar: "FILE",
        help: "the rig (default: bench.yaml)",
      });
      parser.add_argument("--init", {
        action: "store_true",
        help: "write FILE from the boards that are connected, and stop",
      });
      parser.add_argument("--board", {
        action: "append",
        metavar: "NAME",
        help: "only this board; may be given several times",
      });
      parser.add_argument("--check", {
        action: "append",
        metavar: "GLOB",
        help: "only checks whose names match; may be given several times",
      });
      parser.add_argument("--list", {
        action: "store_true",
        help: "list boards and checks, and stop",
      });
      parser.add_argument("--repeat", {
        type: "int",
        default: 1,
        metavar: "N",
        help: "run everything N times",
      });
      parser.add_argument("--until-fail", {
        action: "store_true",
        help: "stop at the first failure; with --repeat 0, run until then",
      });
      parser.add_argument("--parallel", {
        action: "store_true",
        help: "run on all boards at the same time",
      });
      parser.add_argument("--shard", { metavar: "K/N", help: "run the Kth of N parts" });
      parser.add_argument("--junit", { metavar: "FILE", help: "write a report for CI servers" });
      parser.add_argument("--json", { metavar: "FILE", help: "write a report for programs" });
      parser.add_argument("--html", { metavar: "FILE", help: "write a report for people" });
      parser.add_argument("--power-cycle", {
        action: "store_true",
        help: "switch each board off and on before its first check",
      });
      parser.add_argument("--seed", {
        type: "int",
        metavar: "N",
        help: "of all that is random; a failure names its own",
      });
    },
    async run(context, args) {
      const { hilTest } = await import("./run/hil_test_run.ts");
      return await hilTest(args, context, options);
    },
  });
}
