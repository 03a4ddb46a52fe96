/** What to say, and which buttons to offer, when the server does not run. */

import type { Python, Unusable } from "./probe";

export type Failure =
  | { readonly kind: "no python"; readonly tried: readonly (Python | Unusable)[] }
  | { readonly kind: "not installed"; readonly python: Python }
  | { readonly kind: "stopped"; readonly reason: string };

export type Remedy = "Install spawnsafe" | "Select Interpreter" | "Restart Server" | "Show Log";

export function explain(failure: Failure): { message: string; remedies: Remedy[] } {
  switch (failure.kind) {
    case "no python":
      return {
        message:
          "spawnsafe needs Python 3.11 or newer to run itself (the project may use any version): " +
          `${failure.tried.map(verdict).join(", ")}.`,
        remedies: ["Select Interpreter", "Show Log"],
      };
    case "not installed":
      return {
        message: `spawnsafe is not installed in ${failure.python.command.join(" ")} (Python ${failure.python.version.join(".")}).`,
        remedies: ["Install spawnsafe", "Select Interpreter", "Show Log"],
      };
    case "stopped":
      return {
        message: `The spawnsafe server stopped: ${failure.reason}`,
        remedies: ["Restart Server", "Show Log"],
      };
  }
}

/** One candidate in a few words, such as "python3 is Python 3.8". */
export function verdict(found: Python | Unusable): string {
  const fate = "version" in found ? `is Python ${found.version.join(".")}` : found.reason;
  return `${found.command.join(" ")} ${fate}`;
}
