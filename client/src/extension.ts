/** The extension's way in and out. */

import { commands, type ExtensionContext, window, workspace } from "vscode";
import { Environments } from "./environments";
import { Session } from "./session";
import { serverSettings } from "./settings";

let session: Session | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("spawnsafe", { log: true });
  const restart = () => session?.restart();
  context.subscriptions.push(
    log,
    commands.registerCommand("spawnsafe.showLog", () => log.show()),
    commands.registerCommand("spawnsafe.restart", restart),
    workspace.onDidGrantWorkspaceTrust(restart),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("spawnsafe.interpreter")) restart();
    }),
  );
  const environments = await Environments.connect(log);
  const watch = environments.onDidChange(restart);
  if (watch) context.subscriptions.push(watch);
  session = new Session(log, environments, serverSettings(context.extension.packageJSON));
  // Not awaited: until the activation is over, VS Code runs none of the commands, Restart Server among them.
  void session.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}
