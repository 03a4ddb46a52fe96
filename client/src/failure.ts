/** What to say, and which buttons to offer, when the server does not run. */

import { type Command, NOT_FOUND, type Python, type Unusable } from "./probe";

export interface NotInstalled {
  readonly kind: "not installed";
  readonly cause: "network" | "certificate" | "no wheel" | "other";
  readonly reason: string;
}

export type Failure =
  | { readonly kind: "no python"; readonly tried: readonly (Python | Unusable)[] }
  | { readonly kind: "no venv"; readonly command: Command; readonly reason: string }
  | NotInstalled
  | { readonly kind: "cancelled" }
  | { readonly kind: "stopped"; readonly reason: string };

export type Remedy = "Retry" | "Select Interpreter" | "Restart Server" | "Show Log";

export function explain(failure: Failure): { message: string; remedies: Remedy[] } {
  switch (failure.kind) {
    case "no python":
      return {
        message:
          "spawnsafe needs Python 3.11 or newer to run itself (the project may use any version): " +
          `${verdicts(failure.tried)}.`,
        remedies: ["Select Interpreter", "Retry", "Show Log"],
      };
    case "no venv":
      return {
        message:
          `${failure.command.join(" ")} cannot make the virtual environment in which spawnsafe runs: ` +
          `${sentence(failure.reason)} On Debian and Ubuntu, the package python3-venv brings what is missing.`,
        remedies: ["Retry", "Select Interpreter", "Show Log"],
      };
    case "not installed":
      return explainPip(failure);
    case "cancelled":
      return {
        message: "spawnsafe does not check anything, because its installation was cancelled.",
        remedies: ["Retry", "Show Log"],
      };
    case "stopped":
      return {
        message: `The spawnsafe server stopped: ${failure.reason}`,
        remedies: ["Restart Server", "Show Log"],
      };
  }
}

function explainPip({ cause, reason }: NotInstalled): { message: string; remedies: Remedy[] } {
  switch (cause) {
    case "network":
      return {
        message:
          "spawnsafe could not be installed: pip did not reach the package index that has what it needs. " +
          "Retry when you are online; behind a proxy, set http.proxy.",
        remedies: ["Retry", "Show Log"],
      };
    case "certificate":
      return {
        message:
          "spawnsafe could not be installed: pip does not trust the certificate of its package index. " +
          "Name the right one by `pip config set global.cert`.",
        remedies: ["Retry", "Show Log"],
      };
    case "no wheel":
      return {
        message: `spawnsafe could not be installed for this Python on this platform: ${sentence(reason)}`,
        remedies: ["Select Interpreter", "Retry", "Show Log"],
      };
    case "other":
      return {
        message: `spawnsafe could not be installed: ${sentence(reason)}`,
        remedies: ["Retry", "Show Log"],
      };
  }
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** All candidates; of several, those that are not there at all are not worth telling. */
function verdicts(tried: readonly (Python | Unusable)[]): string {
  const there =
    tried.length === 1 ? tried : tried.filter((it) => !("reason" in it && it.reason === NOT_FOUND));
  return there.length > 0 ? there.map(verdict).join(", ") : "none was found";
}

/** One candidate in a few words, such as "python3 is Python 3.8". */
export function verdict(found: Python | Unusable): string {
  const fate = "version" in found ? `is Python ${found.version.join(".")}` : found.reason;
  return `${found.command.join(" ")} ${fate}`;
}
