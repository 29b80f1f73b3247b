/** A program with a simulated board inside, as the product's bundle has one; bundle_test.ts runs it. */

import { BOARD_WORKER_NAME } from "../worker_name.ts";

if (globalThis.name === BOARD_WORKER_NAME) {
  (await import("../board_worker.ts")).runBoardWorker();
} else {
  const { SimulatedBoard } = await import("../board.ts");
  await using board = await SimulatedBoard.start({ name: "packed", workerUrl: import.meta.url });
  const link = await board.connect();
  await link.write(new TextEncoder().encode("\r\x03\x03\x01print(6 * 7)\x04"));
  let heard = "";
  while (!heard.includes("\x04>")) heard += new TextDecoder().decode((await link.read())!);
  console.log(heard.slice(heard.indexOf("OK")).split("\r\n")[0]);
  await link.close();
}
