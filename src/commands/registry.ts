/** All commands of the product that need nothing but a {@linkcode Context}. */

import type { CellMagic, Command } from "./command.ts";
import { bashCell } from "./bash.ts";
import { connectCell } from "./connect_cell.ts";
import { connect, disconnect, discover, register, unregister } from "./devices.ts";
import { display } from "./display.ts";
import { cat, cd, cp, df, mkdirs, rlist, rm } from "./files.ts";
import { hostCell } from "./host.ts";
import { info, name, platform, uid, url } from "./identity.ts";
import { loglevel } from "./loglevel.ts";
import { mip, upip } from "./mip.ts";
import { lsmagic } from "./notebook.ts";
import { pip } from "./pip.ts";
import { plot, plotCell } from "./plot.ts";
import { bootloader, hardreset, softreset } from "./reset.ts";
import { exec, run } from "./run.ts";
import { serviceCell } from "./service.ts";
import { sshCell } from "./ssh.ts";
import { store } from "./store.ts";
import { rdiff, rsync } from "./sync.ts";
import { gettime, synctime } from "./time.ts";
import { writefileCell } from "./writefile.ts";

/** In the order of `iot --help`. The composition root adds those that need more. */
export const COMMANDS: readonly Command[] = [
  discover,
  connect,
  disconnect,
  register,
  unregister,
  name,
  uid,
  url,
  platform,
  info,
  exec,
  run,
  softreset,
  hardreset,
  bootloader,
  gettime,
  synctime,
  cp,
  cat,
  rm,
  mkdirs,
  rlist,
  df,
  cd,
  rdiff,
  rsync,
  pip,
  mip,
  upip,
  store,
  display,
  plot,
  lsmagic,
  loglevel,
];

/** All `%%` magics, in alphabetical order. */
export const CELL_MAGICS: readonly CellMagic[] = [
  bashCell,
  connectCell,
  hostCell,
  plotCell,
  serviceCell,
  sshCell,
  writefileCell,
];
