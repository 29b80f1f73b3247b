/** What CircuitPython says by itself, in the languages that it is built in. */

/** Its messages; each language is a build of its own. */
export interface Messages {
  readonly autoReloadOn: string;
  readonly autoReloadOff: string;
  /** Behind the name of the file that runs. */
  readonly output: string;
  readonly done: string;
  readonly pressAnyKey: string;
  readonly softReboot: string;
}

/** CircuitPython, main.c. */
export const ENGLISH: Messages = {
  autoReloadOn:
    "Auto-reload is on. Simply save files over USB to run them or enter REPL to disable.\r\n",
  autoReloadOff: "Auto-reload is off.\r\n",
  output: " output:\r\n",
  done: "\r\nCode done running.\r\n",
  pressAnyKey: "Press any key to enter the REPL. Use CTRL-D to reload.\r\n",
  softReboot: "soft reboot\r\n",
};

/**
 * CircuitPython, locale/de_DE.po. The first and the last line but one are quoted by Thonny
 * (cirpy_backend.py); the others are from memory, and may be worded otherwise in a release.
 */
export const GERMAN: Messages = {
  autoReloadOn: "Automatisches Neuladen ist aktiv. Speichere Dateien über USB um sie auszuführen " +
    "oder verbinde dich mit der REPL zum Deaktivieren.\r\n",
  autoReloadOff: "Automatisches Neuladen ist deaktiviert.\r\n",
  output: " Ausgabe:\r\n",
  done: "\r\nDer Code wurde ausgeführt.\r\n",
  pressAnyKey: "Drücke eine beliebige Taste um REPL zu betreten. Drücke STRG-D zum neuladen.\r\n",
  softReboot: "weicher reboot\r\n",
};
