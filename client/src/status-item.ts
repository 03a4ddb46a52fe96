/** The items behind `{}` in the status bar: what runs, and where the open file must run. */

import { type Disposable, LanguageStatusSeverity, languages, window, workspace } from "vscode";
import type { Session } from "./session";
import { item, type Status } from "./state";

const SELECTOR = { language: "python" };

export function showStatus(session: Session): Disposable[] {
  const server = languages.createLanguageStatusItem("spawnsafe.server", SELECTOR);
  server.name = "spawnsafe";
  const targets = languages.createLanguageStatusItem("spawnsafe.targets", SELECTOR);
  targets.name = "spawnsafe: targets";
  targets.command = {
    title: "Choose",
    command: "workbench.action.openSettings",
    arguments: ["spawnsafe.targets"],
  };

  const update = async () => {
    const status = session.state.kind === "running" ? await fileStatus(session) : undefined;
    const { text, detail, severity, busy } = item(session.state, status);
    const isError = severity === "error";
    server.text = text;
    server.detail = detail;
    server.busy = busy;
    server.severity = isError ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
    server.command = { title: "Show Log", command: "spawnsafe.showLog" };
    targets.text = status ? `Must run ${status.targets}` : "Targets";
  };
  void update();
  return [
    server,
    targets,
    session.onDidChange(update),
    window.onDidChangeActiveTextEditor(update),
    workspace.onDidSaveTextDocument(update), // of pyproject.toml, perhaps
  ];
}

/** What the server says of itself and of the file that is shown. */
export function fileStatus(session: Session): Promise<Status | undefined> {
  const uri = (window.activeTextEditor?.document.uri ?? workspace.workspaceFolders?.[0]?.uri)?.toString();
  return session.ask<Status>("spawnsafe/status", { uri: uri ?? "" });
}
