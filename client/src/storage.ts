/**
 * The extension's storage: one virtual environment for each version of what is installed into it.
 *
 * Several windows share it without locks. An environment is made under a name of the window's own and gets its
 * right name when it is complete, so that there is never half of one; the window that comes second takes that of
 * the first. What nobody uses any more is removed: for each that it uses, a window leaves a file `NAME.PID` beside it.
 */

import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const PARTIAL = "partial";
const ATTEMPTS = 20;

export class Storage {
  constructor(
    readonly folder: string,
    private readonly pid = process.pid,
  ) {}

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Tells the other windows that an environment is used by this one. */
  async use(name: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.path(`${name}.${this.pid}`), "");
  }

  /** An empty place for an environment that is not complete yet. */
  async begin(): Promise<string> {
    const path = this.path(`${PARTIAL}.${this.pid}`);
    await remove(path);
    await mkdir(this.folder, { recursive: true });
    return path;
  }

  /** Gives what was begun its right name, unless there is one by now that works. */
  async complete(partial: string, name: string, works: () => Promise<boolean>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await rename(partial, this.path(name));
        return;
      } catch (error) {
        if (await works()) break;
        // Either a broken one is in the way, or a virus scanner still reads what was just written.
        await remove(this.path(name)).catch(() => {});
        if (attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
      }
    }
    await remove(partial);
  }

  /** Removes what no living window uses. What cannot be removed now is left for the next time. */
  async cleanUp(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    const used = new Set<string>();
    for (const mark of names) {
      const [, name, pid] = /^(.+)\.(\d+)$/.exec(mark) ?? [];
      if (name && isAlive(Number(pid))) used.add(mark).add(name);
    }
    for (const name of names) {
      if (!used.has(name)) await remove(this.path(name)).catch(() => {});
    }
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
