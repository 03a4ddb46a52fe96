/** Follows what a process writes to stderr: into the log, and remembered, since a dying Python says there why. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export class LastWords {
  private last: string | undefined;
  private ended: Promise<unknown> = Promise.resolve();

  follow(stream: Readable, log: (line: string) => void): void {
    this.last = undefined;
    const lines = createInterface({ input: stream });
    lines.on("line", (line) => {
      log(line);
      if (line.trim()) this.last = line.trim();
    });
    this.ended = new Promise((resolve) => lines.once("close", resolve));
  }

  /** The last line of the stream. Waits for its end a moment only, since a child process can keep it open. */
  async read(): Promise<string | undefined> {
    await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
    return this.last;
  }
}
