/** Asks one Python which version it is and whether spawnsafe is installed there. */

import { execFile } from "node:child_process";
import { homedir } from "node:os";

/** A program and its first arguments, such as `["py", "-3"]`. */
export type Command = readonly [string, ...string[]];

/** A Python that answered. */
export interface Python {
  readonly command: Command;
  readonly version: readonly [major: number, minor: number];
  readonly installed: boolean;
}

/** A command that is no usable Python, and why, to follow its name in a sentence. */
export interface Unusable {
  readonly command: Command;
  readonly reason: string;
}

export const NOT_FOUND = "was not found";

/** The oldest Python that spawnsafe itself runs on; the project may use an older one. */
const OLDEST = [3, 11] as const;

/** Whether spawnsafe can run on it. */
export function isSupported(found: Python | Unusable): found is Python {
  if (!("version" in found)) return false;
  const [major, minor] = found.version;
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/**
 * Where the interpreter is started, here and for the server. Never in the workspace: Windows looks for a
 * program there before it looks on PATH, and pyenv would choose the project's Python.
 */
export const WORKING_DIRECTORY = homedir();

/**
 * Nothing of the project may be imported, so `-E` ignores PYTHONPATH and the working directory, which `-c`
 * puts first, is taken off the path before anything is imported. `-I` would do both, but hides the packages
 * of the user's own site directory too, which is where pip often installs. Runs on Python 2 as well.
 */
const QUESTION = `
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json
installed = False
if sys.version_info >= (3, 4):
    import importlib.util
    installed = importlib.util.find_spec("spawnsafe") is not None
print(json.dumps({"version": list(sys.version_info[:2]), "installed": installed}))
`;

/** Runs the command once, and gives up on it after the time limit. */
export function probe(command: Command, timeLimit = 10_000): Promise<Python | Unusable> {
  const [program, ...args] = command;
  const options = { cwd: WORKING_DIRECTORY, timeout: timeLimit, killSignal: "SIGKILL" } as const;
  return new Promise((resolve) => {
    execFile(program, [...args, "-E", "-c", QUESTION], options, (error, stdout, stderr) => {
      if (error) {
        const reason = error.killed ? `did not answer within ${timeLimit / 1000} s` : failed(error, stderr);
        resolve({ command, reason });
      } else {
        resolve(answer(command, stdout));
      }
    });
  });
}

function failed(error: { code?: string | number | null }, stderr: string): string {
  if (error.code === "ENOENT") return NOT_FOUND;
  const lastWords = stderr.trim().split("\n").at(-1);
  return lastWords ? `failed (${lastWords.trim()})` : `failed (${error.code})`;
}

/** Reads the last line only: start-up files of an environment sometimes print before it. */
function answer(command: Command, stdout: string): Python | Unusable {
  try {
    const { version, installed } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    return { command, version, installed };
  } catch {
    return { command, reason: "is not Python" };
  }
}
