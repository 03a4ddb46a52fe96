/** What the extension is doing, in the words that its status item and its report show. */

import type { ImportStrategy, Launch } from "./interpreter";

export type State =
  | { readonly kind: "starting" | "installing" }
  | { readonly kind: "running"; readonly launch: Launch }
  | { readonly kind: "failed"; readonly message: string };

/** What the server says of itself and of a file. */
export interface Status {
  readonly version: string;
  readonly python: string;
  readonly interpreter: string;
  readonly targets: string;
}

/** The lines of a status item. */
export interface Item {
  readonly text: string;
  readonly detail: string;
  readonly severity: "information" | "error";
  readonly busy: boolean;
}

/** Of a server that does not answer, only that it runs is known: one from an environment can be an older one. */
export function item(state: State, status: Status | undefined): Item {
  switch (state.kind) {
    case "starting":
    case "installing":
      return { text: "spawnsafe", detail: state.kind, severity: "information", busy: true };
    case "failed":
      return { text: "spawnsafe does not run", detail: state.message, severity: "error", busy: false };
    case "running": {
      const { python, from } = state.launch;
      const version = status?.python ?? python.version.join(".");
      const where = from === "bundle" ? "bundled" : "from the environment";
      const text = `spawnsafe ${status?.version ?? ""}`.trim();
      return { text, detail: `${where}, Python ${version}`, severity: "information", busy: false };
    }
  }
}

/** All that a bug report needs, as Markdown; nothing of the user's code, and no name of the user's home. */
export function debugInfo(facts: {
  readonly extension: string;
  readonly editor: string;
  readonly system: string;
  readonly strategy: ImportStrategy;
  readonly state: State;
  readonly status: Status | undefined;
  readonly environment: string | undefined;
  readonly settings: unknown;
  readonly home: string;
}): string {
  const { state, status } = facts;
  const rows: [string, string | undefined][] = [
    ["Extension", facts.extension],
    ["Editor", facts.editor],
    ["System", facts.system],
    ["State", state.kind === "failed" ? `failed: ${state.message}` : state.kind],
    ["Import strategy", facts.strategy],
    ["Server", status && `${status.version}, ${item(state, status).detail}`],
    ["Interpreter", status?.interpreter],
    ["Project's environment", facts.environment],
    ["Targets", status?.targets],
  ];
  const lines = rows.map(([name, value]) => `- ${name}: ${value ?? "unknown"}`);
  const settings = ["- Settings:", "", "```json", JSON.stringify(facts.settings, undefined, 2), "```", ""];
  return [...lines, ...settings].join("\n").replaceAll(facts.home, "~");
}
