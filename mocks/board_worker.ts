/** The thread of a simulated board. */

import wasm from "@micropython/micropython-webassembly-pyscript/micropython.wasm" with {
  type: "bytes",
};
import { BoardMachine, INITIAL_PAGES, MAXIMUM_PAGES } from "./board_machine.ts";
import { patchInterpreter } from "./interpreter/wasm_patch.ts";
import type { BoardMessage, BoardStart } from "./shared_board.ts";

/** The worker's global scope, as far as it is needed. */
interface WorkerScope {
  onmessage: ((event: { data: BoardStart }) => void) | null;
  postMessage(message: BoardMessage): void;
  close(): void;
}

/**
 * Runs a board in this worker, once the thread that started the worker says which one. To be called
 * by the module of a worker named `BOARD_WORKER_NAME` (worker_name.ts).
 */
export function runBoardWorker(): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => {
    scope.onmessage = null;
    const post = (message: BoardMessage) => scope.postMessage(message);
    let why = "power off";
    try {
      const patched = patchInterpreter(wasm, {
        initialPages: INITIAL_PAGES,
        maximumPages: MAXIMUM_PAGES,
      });
      new BoardMachine(data, new WebAssembly.Module(patched), post).run();
    } catch (error) {
      why = error instanceof Error ? error.stack ?? error.message : String(error);
    }
    post({ kind: "stopped", why });
    scope.close();
  };
  scope.postMessage({ kind: "ready" });
}
