/** A program that has a board's port with a link and does not end; pty_test.ts kills it. */

import { startBoards } from "../sim.ts";

const simulation = await startBoards({ names: ["killed"], pty: Deno.args[0] });
console.log(simulation.boards[0].addresses[0]);
await new Promise(() => {});
