/** Decides which Python runs the server, and whether from the project's environment or from a private one. */

import type { Failure } from "./failure";
import { type Command, isSupported, type Python, type Unusable } from "./probe";

export type ImportStrategy = "fromEnvironment" | "useBundled";

/** What is known of the user's Pythons. */
export interface Pythons {
  /** The command that the user set, empty if none. */
  readonly setting: readonly string[];
  /** The interpreter of the environment that is selected for the project. */
  readonly selected: string | undefined;
  /** Others that the editor finds, which takes its time. */
  known(): Promise<readonly string[]>;
}

/** The Python that runs the server. */
export interface Launch {
  readonly python: Python;
  readonly from: "environment" | "bundle";
}

/** The private environment, which is made of a Python that is there. */
export interface Private {
  find(): Promise<Python | undefined>;
  make(base: Command): Promise<Python | Failure>;
}

const ON_PATH: readonly Command[] = [["python3"], ["python"], ["py", "-3"]];
const VERSIONED: readonly Command[] = [["python3.14"], ["python3.13"], ["python3.12"], ["python3.11"]];

/** The environments whose own spawnsafe is the one to run; what the user set stands alone. */
export function environments({ setting, selected }: Pythons): readonly Command[] {
  const [program, ...args] = setting;
  if (program) return [[program, ...args]];
  return selected ? [[selected]] : ON_PATH;
}

/** The Pythons that a private environment can be made of, in order; what the user set stands alone. */
export async function* bases({ setting, selected, known }: Pythons): AsyncGenerator<Command> {
  const [program, ...args] = setting;
  if (program) {
    yield [program, ...args];
    return;
  }
  if (selected) yield [selected];
  yield* ON_PATH;
  yield* VERSIONED;
  for (const other of await known()) if (other !== selected) yield [other];
}

/** The Python that is to run the server, else why there is none. */
export async function choose(
  strategy: ImportStrategy,
  pythons: Pythons,
  ask: (command: Command) => Promise<Python | Unusable>,
  own: Private,
): Promise<Launch | Failure> {
  if (strategy === "fromEnvironment") {
    for (const command of environments(pythons)) {
      const found = await ask(command);
      if (isSupported(found) && found.installed) return { python: found, from: "environment" };
    }
  }
  const made = (await own.find()) ?? (await make(bases(pythons), ask, own));
  return "kind" in made ? made : { python: made, from: "bundle" };
}

/** Makes the private environment of the first Python that can carry it. */
async function make(
  candidates: AsyncIterable<Command>,
  ask: (command: Command) => Promise<Python | Unusable>,
  own: Private,
): Promise<Python | Failure> {
  const tried: (Python | Unusable)[] = [];
  let failure: Failure | undefined;
  for await (const command of candidates) {
    const found = await ask(command);
    tried.push(found);
    if (!isSupported(found)) continue;
    const made = await own.make(command);
    if (!("kind" in made) || !dependsOnPython(made)) return made;
    failure ??= made;
  }
  return failure ?? { kind: "no python", tried };
}

/** Whether another Python can do better. */
function dependsOnPython(failure: Failure): boolean {
  return failure.kind === "no venv" || (failure.kind === "not installed" && failure.cause === "no wheel");
}
