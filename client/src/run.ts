/** Runs a program to its end and reads along. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Command, WORKING_DIRECTORY } from "./probe";

export interface Watch {
  /** Gets each line that the program prints, as soon as it is there. */
  readonly onLine: (line: string) => void;
  /** Ends the program early. */
  readonly signal: AbortSignal;
}

export interface Ended {
  readonly succeeded: boolean;
  /** All that the program printed, to either stream, or why it did not run. */
  readonly output: readonly string[];
}

export function run(
  [program, ...args]: Command,
  { onLine, signal }: Watch,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const output: string[] = [];
  const keep = (line: string) => {
    output.push(line);
    onLine(line);
  };
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: WORKING_DIRECTORY,
      ...options,
      signal,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", keep);
    child.on("error", (error) => {
      keep(error.message);
      resolve({ succeeded: false, output });
    });
    child.on("close", (code) => resolve({ succeeded: code === 0, output }));
  });
}
