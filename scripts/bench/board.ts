/** A simulated board in a process of its own, on a pseudo-terminal. */

/** A board that runs until disposed. */
export interface Board extends AsyncDisposable {
  /** The pseudo-terminal's path. */
  readonly path: string;
}

const START_DEADLINE_MS = 30_000;

/**
 * Starts `iot sim --pty` with further options.
 *
 * @param iot path of the executable
 */
export async function startSimulatedBoard(iot: string, options: string[] = []): Promise<Board> {
  const child = new Deno.Command(iot, {
    args: ["sim", "bench", "--pty", ...options],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const deadline = setTimeout(() => child.kill(), START_DEADLINE_MS);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`iot sim ended early: ${JSON.stringify(text)}`);
    text += value;
  }
  clearTimeout(deadline);
  const path = /serial:\/\/(\S+)/.exec(text)?.[1];
  if (path === undefined) throw new Error(`iot sim printed ${JSON.stringify(text)}`);
  return {
    path,
    async [Symbol.asyncDispose]() {
      child.kill();
      await reader.cancel();
      await child.status;
    },
  };
}
