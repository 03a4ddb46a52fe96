/** The extension's way in and out. */

import { homedir, release } from "node:os";
import { commands, type ExtensionContext, env, version, window, workspace } from "vscode";
import { readBundle } from "./bundle";
import { Environments } from "./environments";
import { EXPLAIN_RULE, explainRule } from "./explain";
import type { ImportStrategy } from "./interpreter";
import { providePages } from "./pages";
import { Session } from "./session";
import { serverSettings } from "./settings";
import { debugInfo } from "./state";
import { fileStatus, showStatus } from "./status-item";
import { Storage } from "./storage";

let session: Session | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("spawnsafe", { log: true });
  const restart = () => session?.restart();
  context.subscriptions.push(
    log,
    providePages(),
    commands.registerCommand("spawnsafe.showLog", () => log.show()),
    commands.registerCommand("spawnsafe.restart", restart),
    commands.registerCommand(EXPLAIN_RULE, (name?: string) => session && explainRule(session, name)),
    commands.registerCommand("spawnsafe.copyDebugInfo", () => session && copyDebugInfo(session, context)),
    commands.registerCommand("spawnsafe.openExample", () => openExample(context)),
    workspace.onDidGrantWorkspaceTrust(restart),
    workspace.onDidChangeConfiguration((event) => {
      const own = ["spawnsafe.interpreter", "spawnsafe.importStrategy"];
      if (own.some((name) => event.affectsConfiguration(name))) restart();
    }),
  );
  const environments = await Environments.connect(log);
  const bundle = readBundle(context.asAbsolutePath("dist/bundled"));
  const storage = new Storage(context.globalStorageUri.fsPath);
  session = new Session(log, environments, storage, bundle, serverSettings(context.extension.packageJSON));
  context.subscriptions.push(...showStatus(session));
  context.subscriptions.push(...environments.onDidChange(() => session?.reconsider()));
  // Not awaited: until the activation is over, VS Code runs none of the commands, Restart Server among them.
  void session.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}

/** Opens the walkthrough's program as a file of the user's own that is not saved yet. */
async function openExample(context: ExtensionContext): Promise<void> {
  const example = await workspace.openTextDocument(context.asAbsolutePath("examples/lambda_task.py"));
  const copy = await workspace.openTextDocument({ language: "python", content: example.getText() });
  await window.showTextDocument(copy);
}

async function copyDebugInfo(session: Session, context: ExtensionContext): Promise<void> {
  const configuration = workspace.getConfiguration("spawnsafe");
  const { environment, ...settings } = session.settings(workspace.workspaceFolders?.[0]?.uri);
  const text = debugInfo({
    extension: context.extension.packageJSON.version,
    editor: `${env.appName} ${version}${env.remoteName ? `, remote: ${env.remoteName}` : ""}`,
    system: `${process.platform} ${release()} ${process.arch}`,
    strategy: configuration.get<ImportStrategy>("importStrategy", "fromEnvironment"),
    state: session.state,
    status: await fileStatus(session),
    environment: environment as string | undefined,
    settings: { interpreter: configuration.get("interpreter"), ...settings },
    home: homedir(),
  });
  await env.clipboard.writeText(text);
  void window.showInformationMessage("spawnsafe: the debug information is in the clipboard.");
}
