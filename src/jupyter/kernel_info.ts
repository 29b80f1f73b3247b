/** What the kernel says about itself. */

import type { Json } from "@/wire/jupyter_message.ts";
import { PROTOCOL_VERSION } from "@/wire/jupyter_message.ts";

/** How editors and converters treat a cell's text. The keys are nbformat's `language_info`. */
const LANGUAGE_INFO = {
  name: "python",
  // MicroPython aims at 3.4 (docs.micropython.org, "MicroPython differences from CPython").
  version: "3.4",
  mimetype: "text/x-python",
  file_extension: ".py",
  pygments_lexer: "ipython3",
  codemirror_mode: { name: "ipython", version: 3 },
  nbconvert_exporter: "python",
} as const;

const HELP_LINKS = [
  { text: "MicroPython", url: "https://docs.micropython.org/" },
  {
    text: "MicroPython: quick reference for boards",
    url: "https://docs.micropython.org/en/latest/",
  },
  { text: "CircuitPython", url: "https://docs.circuitpython.org/" },
];

/** The content of a `kernel_info_reply`. */
export function kernelInfo(version: string): Json {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "iot",
    implementation_version: version,
    language_info: LANGUAGE_INFO,
    banner: `iot ${version}: MicroPython on connected microcontrollers. %lsmagic lists commands.`,
    help_links: HELP_LINKS,
    debugger: false,
    supported_features: [],
  };
}
