/**
 * The name that a board's thread is started with. In a file of its own: a packed program looks at
 * it at every start, to tell what it was started for.
 */
export const BOARD_WORKER_NAME = "iot-simulated-board";
