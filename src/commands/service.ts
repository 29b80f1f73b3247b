/** `%%service`: the cell in a container of this computer. */

import { defineCellMagic } from "./command.ts";

/** What `%%service` is told. */
export interface ServiceArguments {
  readonly out?: string;
  readonly err?: string;
  readonly user?: string;
  readonly shell?: string;
  readonly service: string;
}

/** `%%service`. */
export const serviceCell = defineCellMagic<ServiceArguments>({
  name: "service",
  summary: "Run the cell in a container, by docker, podman or balena-engine",
  group: "host",
  arguments(parser) {
    parser.add_argument("--out", {
      metavar: "V",
      help: "variable of this computer's Python for what the cell prints",
    });
    parser.add_argument("--err", { metavar: "V", help: "the same for stderr" });
    parser.add_argument("-u", "--user", {
      metavar: "USER",
      help: "user in the container: NAME|UID[:GROUP|GID]; by default its own",
    });
    parser.add_argument("-s", "--shell", {
      metavar: "SHELL",
      help: "shell in the container; by default bash, or sh where there is no bash",
    });
    parser.add_argument("service", {
      metavar: "NAME",
      help: "container or service, or host for the computer that has them",
    });
  },
  async run(context, args) {
    const { runServiceCell } = await import("./service_run.ts");
    return await runServiceCell(context, args);
  },
});
