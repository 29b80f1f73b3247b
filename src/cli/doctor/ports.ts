/** Serial ports: whether boards can be reached by cable, and who gets in the way. */

import { describeUsb, isBoardPort, listUsbPorts } from "@/discovery/usb.ts";
import { findHolder } from "@/transport/serial/holder.ts";
import { groupName } from "@/transport/serial/owner.ts";
import { type Check, type Finding, fine, processes, type Scene } from "./check.ts";

/** Groups that own serial ports: Debian and its kin, Arch and its kin. */
const USUAL_GROUPS = ["dialout", "uucp"];

const LOG_IN_AGAIN = "log out and in again";

/** The ports that boards may be behind, and whether this user may open them. */
export const ports: Check = {
  name: "ports",
  title: "Serial ports",
  async run(scene) {
    const found = (await listUsbPorts(`${scene.root}/sys`)).filter(isBoardPort);
    if (found.length === 0) {
      const text =
        "No USB serial port. A cable may be for charging only; some boards need a driver.";
      return [{ verdict: "warn", text, remedy: "try another cable" }, ...await groups(scene)];
    }
    return await Promise.all(found.map(async (port): Promise<Finding> => {
      const path = `${scene.root}${port.path}`;
      const what = `${port.path} (${describeUsb(port)})`;
      const stat = await Deno.stat(path).catch(() => undefined);
      if (stat === undefined) {
        return {
          verdict: "fail",
          text: `${what} is known to the kernel, but is not in /dev. Is this a container?`,
          remedy: `start the container with --device ${port.path}`,
        };
      }
      if (await scene.mayUse(path)) return fine(`${what} can be opened.`);
      return denied(what, { scene, gid: stat.gid, path: port.path });
    }));
  },
};

/** Without a port to look at: whether one could be used when it comes. */
async function groups({ root, user }: Scene): Promise<Finding[]> {
  const text = await Deno.readTextFile(`${root}/etc/group`).catch(() => "");
  const usual = USUAL_GROUPS.find((name) => membersOf(text, name) !== undefined);
  if (usual === undefined || user.uid === 0) return [];
  const { gid } = membersOf(text, usual)!;
  if (user.groups.includes(gid)) return [];
  return [{
    verdict: "warn",
    text: `You are not in the group "${usual}", which serial ports belong to.`,
    remedy: `sudo usermod -aG ${usual} ${user.name}, then ${LOG_IN_AGAIN}`,
  }];
}

async function denied(
  what: string,
  { scene, gid, path }: { scene: Scene; gid: number | null; path: string },
): Promise<Finding> {
  const { root, user } = scene;
  const text = await Deno.readTextFile(`${root}/etc/group`).catch(() => "");
  const group = gid === null ? undefined : groupName(text, gid);
  const closed = `${what} is closed to you`;
  if (group === undefined || group === "root") {
    const remedy = `sudo chmod a+rw ${path}, until it is plugged in again`;
    return { verdict: "fail", text: `${closed}, and belongs to no group to join.`, remedy };
  }
  if (gid !== null && user.groups.includes(gid)) {
    const remedy = `sudo chmod g+rw ${path}, until it is plugged in again`;
    return { verdict: "fail", text: `${closed}, though you are in its group "${group}".`, remedy };
  }
  if (membersOf(text, group)?.members.includes(user.name)) {
    const since = `${closed}: you joined its group "${group}" after you logged in.`;
    return { verdict: "fail", text: since, remedy: LOG_IN_AGAIN };
  }
  return {
    verdict: "fail",
    text: `${closed}: it belongs to the group "${group}".`,
    remedy: `sudo usermod -aG ${group} ${user.name}, then ${LOG_IN_AGAIN}`,
  };
}

/** A line of /etc/group is `dialout:x:20:ada,ben`. */
function membersOf(groups: string, name: string): { gid: number; members: string[] } | undefined {
  for (const line of groups.split("\n")) {
    const [group, , gid, members = ""] = line.split(":");
    if (group === name) return { gid: Number(gid), members: members.split(",") };
  }
  return undefined;
}

/** Programs that have a port open: only one can. */
export const holders: Check = {
  name: "holders",
  title: "Ports in use",
  async run({ root }) {
    const found = (await listUsbPorts(`${root}/sys`)).filter(isBoardPort).flatMap(({ path }) => {
      const holder = findHolder(`${root}${path}`, `${root}/proc`);
      return holder === undefined ? [] : [{ path, ...holder }];
    });
    if (found.length === 0) return [fine("No other program has a board's port open.")];
    return found.map(({ path, pid, name }) => ({
      verdict: "warn",
      text: `${path} is open in ${name} (process ${pid}).`,
      remedy: `close it there, or: kill ${pid}`,
    }));
  },
};

/** A program that reaches for serial ports by itself. */
interface Meddler {
  readonly program: string;
  readonly harm: string;
  readonly remedy: string;
}

const MEDDLERS: readonly Meddler[] = [
  {
    program: "ModemManager",
    // Its manual, "--filter-policy": strict asks only known modems, but greylists come and go.
    harm: "asks every new port whether it is a modem, which can keep a board busy for some seconds",
    remedy: "sudo systemctl disable --now ModemManager",
  },
  {
    program: "brltty",
    // Debian bug 1009829: its udev rules take CH340 (1a86:7523) and CP210x adapters for displays.
    harm: "takes some USB adapters for Braille displays, and their ports disappear",
    remedy: "sudo apt remove brltty, unless you use a Braille display",
  },
];

/** Programs that get in the way of boards. */
export const meddlers: Check = {
  name: "meddlers",
  title: "Meddling programs",
  async run(scene) {
    const running = await processes(scene);
    const found = MEDDLERS.filter(({ program }) => running.has(program));
    if (found.length === 0) return [fine("Neither ModemManager nor brltty runs.")];
    return found.map(({ program, harm, remedy }) => ({
      verdict: "warn",
      text: `${program} runs: it ${harm}.`,
      remedy,
    }));
  },
};
