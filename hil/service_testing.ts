/** Containers for tests: Debian's podman, with root file systems made of Debian's programs. */

import { pause } from "@/base/deadline.ts";
import { need, RunError } from "../scripts/run.ts";

/** No command of podman's in the tests may take longer. */
const DEADLINE_MS = 60_000;

/** Containers end by themselves in the end, should a test be killed. */
const LIFE = ["sleep", "900"];

/** Users of the containers' file systems. */
const PASSWD = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n";

/** Links to the one program that is all tools. */
const TOOLS = "cat echo env id kill ls ps pwd sh sleep touch true wc".split(" ");

/**
 * A network of its own would take privileges that many machines lack, and so would limits above this
 * process's own. crun, which Debian's podman prefers, needs a newer kind of cgroups than some
 * machines have. All is kept in `folder`, away from the containers of this machine's user.
 */
const containersConf = (folder: string) =>
  `[containers]
netns = "none"
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${folder}/libpod"
`;

const storageConf = (folder: string) =>
  `[storage]
driver = "vfs"
graphroot = "${folder}/storage"
runroot = "${folder}/run"
`;

/** What a container is started with. */
export interface ContainerOptions {
  /** Labels, by name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether it has bash, besides busybox's sh. */
  readonly bash?: boolean;
  /** Files in it, by their path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A place for containers, which are removed with it. */
export class Containers implements AsyncDisposable {
  /** The environment in which podman, and so iot, sees these containers and no others. */
  readonly variables: Readonly<Record<string, string>>;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.variables = {
      HOME: folder,
      // Debian keeps runc where not every user's PATH leads.
      PATH: `${Deno.env.get("PATH") ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`,
      XDG_RUNTIME_DIR: folder,
      CONTAINERS_CONF: `${folder}/containers.conf`,
      CONTAINERS_STORAGE_CONF: `${folder}/storage.conf`,
      IOT_ENGINE: "podman",
    };
  }

  /** @throws {Error} naming what is missing, where containers cannot run. */
  static async open(): Promise<Containers> {
    const folder = await Deno.makeTempDir({ prefix: "iot-podman-" });
    await Deno.writeTextFile(`${folder}/containers.conf`, containersConf(folder));
    await Deno.writeTextFile(`${folder}/storage.conf`, storageConf(folder));
    return new Containers(folder);
  }

  /** Starts a container that does nothing. */
  async start(name: string, options: ContainerOptions = {}): Promise<void> {
    const root = await this.#makeRoot(name, options);
    const labels = Object.entries(options.labels ?? {}).flatMap(
      ([label, value]) => ["--label", `${label}=${value}`],
    );
    await this.podman("run", "--detach", "--name", name, ...labels, "--rootfs", root, ...LIFE);
  }

  /** Runs podman, and returns what it prints. */
  async podman(...args: string[]): Promise<string> {
    try {
      return await need("podman", { args, env: { ...this.variables }, timeoutMs: DEADLINE_MS });
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      throw new Error(`${error.message}\n${await whatIsMissing()}`, { cause: error });
    }
  }

  /** The command lines of what runs in a container, besides its own. */
  async processes(name: string): Promise<string[]> {
    const lines = (await this.podman("exec", name, "ps", "-o", "stat,args")).trim().split("\n");
    return lines.slice(1)
      // What has ended and nobody asked about (Z) is only a number.
      .filter((line) => !line.startsWith("Z"))
      .map((line) => line.replace(/^\S+\s+/, ""))
      .filter((line) => line !== LIFE.join(" ") && !/\bstat,args$/.test(line));
  }

  async #makeRoot(name: string, { bash, files = {} }: ContainerOptions): Promise<string> {
    const root = `${this.#folder}/roots/${name}`;
    for (const path of ["bin", "dev", "etc", "proc", "sys", "tmp", "root", "home/ada"]) {
      await Deno.mkdir(`${root}/${path}`, { recursive: true });
    }
    await Deno.copyFile("/bin/busybox", `${root}/bin/busybox`);
    for (const tool of TOOLS) await Deno.symlink("busybox", `${root}/bin/${tool}`);
    await Deno.writeTextFile(`${root}/etc/passwd`, PASSWD);
    if (bash) await copyWithLibraries("/bin/bash", root);
    for (const [path, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${root}${path}`, text);
    }
    return root;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.podman("rm", "--all", "--force", "--time", "0");
    } finally {
      // Containers are cleaned up after by processes that podman does not wait for.
      await until(async () => !await isInUse(this.#folder));
      await Deno.remove(this.#folder, { recursive: true });
    }
  }
}

/** Whether a process was started with `path` in its arguments. proc(5). */
async function isInUse(path: string): Promise<boolean> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (line.includes(path)) return true;
  }
  return false;
}

/** Waits for something that comes by itself. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!await condition()) {
    if (performance.now() > end) {
      throw new Error(`Not within ${DEADLINE_MS / 1000} s: ${condition}`);
    }
    await pause(20);
  }
}

/** A program and the libraries that ldd(1) says it needs, at the same places below `root`. */
async function copyWithLibraries(program: string, root: string): Promise<void> {
  const list = await need("ldd", { args: [program], timeoutMs: DEADLINE_MS });
  const libraries = [...list.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path);
  for (const path of [program, ...libraries]) {
    await Deno.mkdir(`${root}${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(path, `${root}${path}`);
  }
}

/** What may keep containers from running here. */
async function whatIsMissing(): Promise<string> {
  const facts: string[] = [];
  for (const path of ["/usr/bin/podman", "/usr/sbin/runc", "/usr/bin/conmon", "/bin/busybox"]) {
    if (!await isThere(path)) facts.push(`${path} is missing: run "deno task setup".`);
  }
  if (!await isThere("/sys/fs/cgroup")) {
    facts.push("/sys/fs/cgroup is missing: runc needs cgroups.");
  }
  if (Deno.uid() !== 0) {
    facts.push("This user is not root: podman needs newuidmap (package uidmap) and /etc/subuid.");
  }
  return `Containers must run for the tests of %%service. ${facts.join(" ")}`.trim();
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
