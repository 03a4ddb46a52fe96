/** Keeps one server running, and says what to do when there is none. */

import {
  commands,
  EventEmitter,
  type LogOutputChannel,
  ProgressLocation,
  type Uri,
  window,
  workspace,
} from "vscode";
import type { Bundle } from "./bundle";
import type { Environments } from "./environments";
import { explain, type Failure, type Remedy, verdict } from "./failure";
import { choose, type ImportStrategy, type Launch } from "./interpreter";
import { progress } from "./pip";
import { PrivateEnvironment } from "./private-environment";
import { type Command, type Python, probe } from "./probe";
import { Server } from "./server";
import { type Settings, userSettings } from "./settings";
import type { State } from "./state";
import type { Storage } from "./storage";

/** A command of the server's that the palette shows while the server has it. */
const CHECK_WORKSPACE = "spawnsafe.checkWorkspace";

export class Session {
  private server: Server | undefined;
  private starts = Promise.resolve();
  /** Counts what was asked for, so that what is out of date is not gone on with. */
  private turn = 0;
  private installing: AbortController | undefined;
  private readonly changes = new EventEmitter<State>();
  state: State = { kind: "starting" };
  /** Fires, too, when the server has new settings. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly log: LogOutputChannel,
    private readonly environments: Environments,
    private readonly storage: Storage,
    private readonly bundle: Bundle,
    private readonly settingNames: readonly string[],
  ) {}

  /** Starts the server, anew if it runs. Starts follow one another; of those that wait, the last counts. */
  restart(): Promise<void> {
    void this.stop(); // at once, so that a server which hangs while it starts does not hold up the next
    const turn = this.turn;
    this.starts = this.starts.then(async () => {
      await this.server?.stop();
      if (turn === this.turn) await this.start(turn);
    });
    return this.starts;
  }

  async stop(): Promise<void> {
    this.turn++;
    this.installing?.abort();
    await this.server?.stop();
  }

  /** Tells the server which environment is selected now, and starts it anew if another Python is to run it. */
  async reconsider(): Promise<void> {
    await this.starts;
    if (this.state.kind !== "running") return this.restart();
    const choice = await this.choose();
    const isSame = "python" in choice && `${choice.python.command}` === `${this.state.launch.python.command}`;
    await (isSame ? this.server?.settingsChanged() : this.restart());
  }

  /** The server's answer to a request of our own, if it has one. */
  async ask<T>(method: string, params?: object): Promise<T | undefined> {
    return this.server?.ask(method, params);
  }

  /** What the server gets, for a folder or in general. */
  settings(scope?: Uri): Settings {
    const settings = userSettings(this.settingNames, workspace.getConfiguration("spawnsafe", scope));
    return { ...settings, environment: this.environments.selected(scope) };
  }

  private async start(turn: number): Promise<void> {
    this.become({ kind: "starting" });
    const choice = await this.choose();
    if (turn !== this.turn) return;
    if ("kind" in choice) return this.fail(choice);
    this.log.info(`${choice.python.command.join(" ")} runs the server (from the ${choice.from})`);
    const server = new Server(
      choice.python.command,
      (scope) => this.settings(scope),
      this.log,
      () => this.changes.fire(this.state),
      (reason) => this.fail({ kind: "stopped", reason }),
    );
    this.server = server;
    if (!(await server.start())) return;
    this.become({ kind: "running", launch: choice });
    await commands.executeCommand("setContext", CHECK_WORKSPACE, server.offers(CHECK_WORKSPACE));
  }

  private async choose(): Promise<Launch | Failure> {
    const configuration = workspace.getConfiguration("spawnsafe");
    const setting = configuration.get<string[]>("interpreter", []);
    const strategy = configuration.get<ImportStrategy>("importStrategy", "fromEnvironment");
    const proxy = workspace.getConfiguration("http").get<string>("proxy");
    const own = new PrivateEnvironment(this.storage, this.bundle, setting, proxy);
    const pythons = {
      setting,
      selected: this.environments.candidate(),
      known: () => this.environments.known(),
    };
    const asked = new Map<string, ReturnType<typeof probe>>();
    const ask = (command: Command) => {
      const answer = asked.get(`${command}`) ?? this.probe(command);
      asked.set(`${command}`, answer);
      return answer;
    };
    const means = { find: () => own.find(), make: (base: Command) => this.install(own, base) };
    return choose(strategy, pythons, ask, means).catch((error: Error) => {
      // The storage cannot be written to, perhaps.
      return { kind: "not installed", cause: "other", reason: error.message };
    });
  }

  private async probe(command: Command) {
    const found = await probe(command);
    this.log.info(
      `${verdict(found)}${"installed" in found && !found.installed ? ", without spawnsafe" : ""}`,
    );
    return found;
  }

  /** Makes the private environment, before the user's eyes. */
  private async install(own: PrivateEnvironment, base: Command): Promise<Python | Failure> {
    this.become({ kind: "installing" });
    this.log.info(`Making a private environment for spawnsafe out of ${base.join(" ")}`);
    const installing = new AbortController();
    this.installing = installing;
    const began = Date.now();
    const options = {
      location: ProgressLocation.Notification,
      title: "Installing spawnsafe",
      cancellable: true,
    };
    const made = await window.withProgress(options, (report, token) => {
      token.onCancellationRequested(() => installing.abort());
      report.report({ message: "making a private environment" });
      const onLine = (line: string) => {
        this.log.info(line);
        const message = progress(line);
        if (message) report.report({ message });
      };
      return own.make(base, { onLine, signal: installing.signal });
    });
    this.log.info(`${"kind" in made ? "Given up" : "Done"} after ${(Date.now() - began) / 1000} s`);
    return made;
  }

  private become(state: State): void {
    this.state = state;
    this.changes.fire(state);
  }

  /** One message, with the buttons that mend what it tells. */
  private fail(failure: Failure): void {
    const { message, remedies } = explain(failure);
    this.become({ kind: "failed", message });
    this.log.error(message);
    void window.showErrorMessage(message, ...remedies).then((chosen) => chosen && this.apply(chosen));
  }

  private async apply(remedy: Remedy): Promise<void> {
    switch (remedy) {
      case "Select Interpreter":
        await commands.executeCommand("workbench.action.openSettings", "spawnsafe.interpreter");
        break;
      case "Retry":
      case "Restart Server":
        await this.restart();
        break;
      case "Show Log":
        this.log.show();
        break;
    }
  }
}
