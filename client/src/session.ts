/** Keeps one server running, and says what to do when there is none. */

import { commands, type LogOutputChannel, type Uri, window, workspace } from "vscode";
import type { Environments } from "./environments";
import { explain, type Failure, type Remedy, verdict } from "./failure";
import { install } from "./install";
import { candidates, choose } from "./interpreter";
import { type Command, probe } from "./probe";
import { Server } from "./server";
import { type Settings, userSettings } from "./settings";

export class Session {
  private server: Server | undefined;
  private starts = Promise.resolve();

  constructor(
    private readonly log: LogOutputChannel,
    private readonly environments: Environments,
    private readonly settingNames: readonly string[],
  ) {}

  /** Starts the server, anew if it runs. Starts follow one another, however quickly they are asked for. */
  restart(): Promise<void> {
    void this.stop(); // at once, so that a server which hangs while it starts does not hold up the next
    this.starts = this.starts.then(async () => {
      await this.stop();
      await this.start();
    });
    return this.starts;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private async start(): Promise<void> {
    const setting = workspace.getConfiguration("spawnsafe").get<string[]>("interpreter", []);
    const commands = candidates(setting, await this.environments.interpreter());
    const choice = await choose(commands, (command) => this.probe(command));
    if ("kind" in choice) {
      void this.tell(choice);
      return;
    }
    this.server = new Server(
      choice.command,
      (scope) => this.settings(scope),
      this.log,
      (reason) => {
        void this.tell({ kind: "stopped", reason });
      },
    );
    await this.server.start();
  }

  private async probe(command: Command) {
    const found = await probe(command);
    this.log.info(
      `${verdict(found)}${"installed" in found && !found.installed ? ", without spawnsafe" : ""}`,
    );
    return found;
  }

  private settings(scope?: Uri): Settings {
    const settings = userSettings(this.settingNames, workspace.getConfiguration("spawnsafe", scope));
    return { ...settings, environment: this.environments.path(scope) };
  }

  /** One message, with the buttons that mend what it tells. */
  private async tell(failure: Failure): Promise<void> {
    const { message, remedies } = explain(failure);
    this.log.error(message);
    const chosen = await window.showErrorMessage(message, ...remedies);
    if (chosen) await this.apply(chosen, failure);
  }

  private async apply(remedy: Remedy, failure: Failure): Promise<void> {
    switch (remedy) {
      case "Install spawnsafe":
        if (failure.kind === "not installed" && (await install(failure.python.command))) await this.restart();
        break;
      case "Select Interpreter":
        await commands.executeCommand("workbench.action.openSettings", "spawnsafe.interpreter");
        break;
      case "Restart Server":
        await this.restart();
        break;
      case "Show Log":
        this.log.show();
        break;
    }
  }
}
