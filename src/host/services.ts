/** The services of this computer, its containers: what an engine lists, and which one a name means. */

import { UsageError } from "@/base/errors.ts";
import { alignColumns } from "@/base/text.ts";

/** A container as an engine lists it. */
export interface Container {
  /** As the engine knows it, e.g. `rig-broker-1`. */
  readonly name: string;
  /** What it was made from; empty where that is only a folder. */
  readonly image: string;
  /** `running`, `paused`, `exited`, `created`, … */
  readonly state: string;
  /** The service that it was started for, as compose and balena label it. */
  readonly service?: string | undefined;
}

/**
 * The name that means the computer which runs the containers. Source: iot49's kernel,
 * `iot_kernel/magics/ssh.py`, `service_magic`.
 */
export const HOST_SERVICE = "host";

/** Labels that hold a service's name: compose specification, "labels"; balena's supervisor. */
const SERVICE_LABELS = ["com.docker.compose.service", "io.balena.service-name"];

/** What we read of `ps --format "{{json .}}"`; engines differ in how they write it. */
interface Listed {
  /** Text, several joined by commas: docker. A list: podman. */
  readonly Names: string | readonly string[];
  readonly Image: string;
  /** Missing in engines from before 2020, as balena's may be. */
  readonly State?: string;
  /** For people: `Up 3 minutes (Paused)`. */
  readonly Status: string;
  /** `a=1,b=2`: docker. An object or null: podman. */
  readonly Labels?: string | Readonly<Record<string, string>> | null;
}

/**
 * Reads what an engine's `ps --all --format "{{json .}}"` printed: an object a line (docker,
 * balena-engine), or one list of them (podman).
 *
 * @throws {SyntaxError} when it is neither.
 */
export function readContainers(text: string): Container[] {
  const listed: Listed[] = text.trimStart().startsWith("[")
    ? JSON.parse(text)
    : text.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
  return listed.map(({ Names, Image, State, Status, Labels }) => ({
    name: typeof Names === "string" ? Names.split(",")[0] : Names[0],
    image: Image,
    state: (State || stateOf(Status)).toLowerCase(),
    service: serviceLabel(Labels ?? {}),
  }));
}

function stateOf(status: string): string {
  if (/\(Paused\)/.test(status)) return "paused";
  return /^Up\b/.test(status) ? "running" : status.split(" ")[0];
}

function serviceLabel(labels: string | Readonly<Record<string, string>>): string | undefined {
  for (const label of SERVICE_LABELS) {
    const value = typeof labels === "string" ? labelIn(labels, label) : labels[label];
    if (value) return value;
  }
}

/** The names of services hold no comma: compose specification, "services". */
function labelIn(labels: string, wanted: string): string | undefined {
  return labels.split(",").find((label) => label.startsWith(`${wanted}=`))?.slice(
    wanted.length + 1,
  );
}

/**
 * How a name can mean a container, from the surest to the loosest. The first way that fits any
 * container counts.
 */
const WAYS: readonly ((container: Container, name: string) => boolean)[] = [
  (container, name) => container.name === name,
  (container, name) => container.service === name,
  (container, name) => container.service === undefined && namedAfter(container.name) === name,
  (container, name) => container.service === undefined && projectMember(container.name, name),
  (container, name) => container.name.replaceAll("_", "-") === name.replaceAll("_", "-"),
];

/**
 * What is before balena's numbers in `esp-idf_5028310_1957263_07d5…`: service, image, release and
 * commit. Source: iot49's kernel, `service_magic`; balena's supervisor, `src/compose/service.ts`.
 */
function namedAfter(container: string): string | undefined {
  return /^(.+?)_\d+_\d+(?:_[0-9a-f]+)?$/.exec(container)?.[1];
}

/** `rig_broker_1`, `rig-broker-1`: compose's project, service and number, versions 1 and 2. */
function projectMember(container: string, service: string): boolean {
  return container.replace(/[_-]\d+$/, "") !== container &&
    new RegExp(`^.+[_-]${RegExp.escape(service)}[_-]\\d+$`).test(container);
}

/**
 * The running container that `name` means: its own name, its service's, or what is left of its name
 * without compose's project and number or balena's numbers.
 *
 * @param engine the engine's program, for commands in messages
 * @throws {UsageError} when there is none, when it does not run, or when several are meant. It lists
 * what there is.
 */
export function findService(
  name: string,
  containers: readonly Container[],
  engine: string,
): Container {
  for (const fits of WAYS) {
    const meant = containers.filter((container) => fits(container, name));
    if (meant.length === 0) continue;
    const running = meant.filter(({ state }) => state === "running");
    if (running.length === 1) return running[0];
    if (running.length === 0) throw notRunning(name, meant, engine);
    throw new UsageError(
      `"${name}" means ${running.length} services. Say which one by its container's name:\n` +
        table(running),
    );
  }
  const unknown = `There is no service "${name}".`;
  if (containers.length === 0) {
    throw new UsageError(
      `${unknown} ${engine} shows you no containers: start one with "${engine} run" or "compose up".`,
    );
  }
  throw new UsageError(`${unknown} There are:\n${table(containers, { withHost: true })}`);
}

function notRunning(name: string, meant: readonly Container[], engine: string): UsageError {
  const verb = meant[0].state === "paused" ? "unpause" : "start";
  return new UsageError(
    `The service "${name}" does not run; it is ${meant[0].state}. ` +
      `Let it run with: ${engine} ${verb} ${meant[0].name}`,
  );
}

/** Services as aligned lines: what to call each, and what it is. Running ones come first. */
function table(containers: readonly Container[], { withHost = false } = {}): string {
  const rank = ({ state }: Container) => state === "running" ? 0 : 1;
  const sorted = containers.toSorted((a, b) =>
    rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
  const rows = sorted.map((container) => [
    callName(container, containers),
    container.name,
    container.image || "-",
    container.state,
  ]);
  if (withHost) rows.push([HOST_SERVICE, "-", "-", "this computer, by ssh"]);
  return alignColumns([["NAME", "CONTAINER", "IMAGE", "STATE"], ...rows])
    .map((line) => `  ${line}`).join("\n");
}

/** The shortest name that means only this container. */
function callName({ name, service }: Container, all: readonly Container[]): string {
  const short = service ?? namedAfter(name);
  if (short === undefined) return name;
  const same = all.filter((other) =>
    [other.name, other.service, namedAfter(other.name)].includes(short)
  );
  return same.length === 1 ? short : name;
}
