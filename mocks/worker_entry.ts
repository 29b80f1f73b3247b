/** What a board's worker runs when nobody says otherwise; the packed product brings its own. */

import { runBoardWorker } from "./board_worker.ts";

runBoardWorker();
