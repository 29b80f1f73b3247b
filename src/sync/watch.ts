/** Notices when files of this computer are saved. */

import { abortable, pause } from "@/base/deadline.ts";

/** An editor saves a file in several strokes: so long must it be quiet, in milliseconds. */
const QUIET_MS = 200;

/** What {@linkcode Watch} can be told. */
export interface WatchOptions {
  readonly quietMs?: number;
}

/** Watches files and folders, from when it is made. */
export class Watch implements Disposable {
  readonly #watchers: Deno.FsWatcher[] = [];
  readonly #quietMs: number;
  #saved = Promise.withResolvers<void>();
  #lastMs = 0;

  private constructor({ quietMs = QUIET_MS }: WatchOptions) {
    this.#quietMs = quietMs;
  }

  /**
   * Watches `paths`; folders with all that is in them.
   *
   * @throws {Error} what the system says when it cannot.
   */
  static async start(paths: readonly string[], options: WatchOptions = {}): Promise<Watch> {
    const watch = new Watch(options);
    try {
      const folders = new Set<string>();
      const shallow = new Set<string>();
      for (const path of paths) {
        const target = await Deno.realPath(path);
        if ((await Deno.stat(target)).isDirectory) folders.add(target);
        // Many editors put a new file in an old one's place: its folder tells.
        else shallow.add(target.slice(0, target.lastIndexOf("/")) || "/");
      }
      if (folders.size > 0) watch.#add([...folders], true);
      if (shallow.size > 0) watch.#add([...shallow], false);
      return watch;
    } catch (error) {
      watch[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Resolves when something was saved since this was last called, and it has been quiet since.
   *
   * @throws the signal's reason when it aborts.
   */
  async saved({ signal }: { signal: AbortSignal }): Promise<void> {
    await abortable(this.#saved.promise, signal);
    for (let rest; (rest = this.#lastMs + this.#quietMs - performance.now()) > 0;) {
      await pause(rest, signal);
      signal.throwIfAborted();
    }
    this.#saved = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #add(paths: string[], recursive: boolean): void {
    const watcher = Deno.watchFs(paths, { recursive });
    this.#watchers.push(watcher);
    void this.#follow(watcher);
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      // What we read ourselves is no news, nor what editors keep beside.
      if (kind === "access" || paths.every((path) => /\/(?:\.[^/]*|[^/]*~)$/.test(path))) continue;
      this.#lastMs = performance.now();
      this.#saved.resolve();
    }
  }
}
