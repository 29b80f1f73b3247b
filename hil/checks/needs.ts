/** What checks need of a board, each with the reason to give where it is not there. */

import { type BoardFacts, type Feature, FEATURES, type Need } from "./check.ts";

/** The board's own prompt at the other end, where any byte can be typed. */
export const aPrompt: Need = ({ url }) =>
  url.startsWith("mp:") ? "its protocol, mp, has no prompt to type at" : undefined;

/** A way to stop a program that runs. */
export const anInterrupt: Need = ({ url }) =>
  url.startsWith("mp:") ? "its protocol, mp, has no interrupt" : undefined;

/** A way to restart the interpreter. */
export const aReset: Need = ({ url }) =>
  url.startsWith("mp:") ? "its protocol, mp, has no reset" : undefined;

/** Something that the board's firmware was built with. */
export function feature(name: Feature): Need {
  return ({ features }) =>
    features.has(name) ? undefined : `its firmware has no ${FEATURES[name].title}`;
}

/** MicroPython: CircuitPython does this its own way. */
export const microPython: Need = ({ identity }) =>
  identity.implementation === "circuitpython" ? "CircuitPython has no such thing" : undefined;

/** Code may write files. */
export const writableFiles: Need = ({ readOnly }) =>
  readOnly ? "its file system is read-only to code while USB has it" : undefined;

/** Something that the bench says of it. */
export function capability(name: string): Need {
  return ({ spec }) => spec.has.includes(name) ? undefined : `the bench says of no ${name} (has)`;
}

/** Pins that the bench says are wired. */
export function wiring(name: keyof BoardFacts["spec"]["wiring"]): Need {
  return ({ spec }) => spec.wiring[name] === undefined ? `no ${name} is wired (wiring)` : undefined;
}
