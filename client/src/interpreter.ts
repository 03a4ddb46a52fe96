/** Decides which Python runs the server. */

import type { Failure } from "./failure";
import type { Command, Python, Unusable } from "./probe";

/** The oldest Python that spawnsafe itself runs on; the project may use an older one. */
const OLDEST = [3, 11] as const;

/** The commands to try, in order; what the user set stands alone. */
export function candidates(setting: readonly string[], selected: string | undefined): Command[] {
  const [program, ...args] = setting;
  if (program) return [[program, ...args]];
  const onPath: Command[] = [["python3"], ["python"], ["py", "-3"]];
  return selected ? [[selected], ...onPath] : onPath;
}

/** The first candidate that can run spawnsafe, else what is wrong with all of them. */
export async function choose(
  commands: readonly Command[],
  ask: (command: Command) => Promise<Python | Unusable>,
): Promise<Python | Failure> {
  const tried: (Python | Unusable)[] = [];
  for (const command of commands) {
    const found = await ask(command);
    if ("version" in found && isSupported(found) && found.installed) return found;
    tried.push(found);
  }
  const lacking = tried.find((found): found is Python => "version" in found && isSupported(found));
  return lacking ? { kind: "not installed", python: lacking } : { kind: "no python", tried };
}

function isSupported({ version: [major, minor] }: Python): boolean {
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
