/** One run of the language server, from its start to its end. */

import { type LogOutputChannel, Uri } from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  DidChangeConfigurationNotification,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import { EXPLAIN_RULE } from "./explain";
import { LastWords } from "./last-words";
import { linkToPage } from "./pages";
import { type Command, WORKING_DIRECTORY } from "./probe";
import { type Sends, SHOW_SENDS, showReferences } from "./references";
import type { Settings } from "./settings";

/** The library shows messages of its own when a server fails; they belong in the log, ours tells what to do. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export class Server {
  private readonly client: LanguageClient;
  private readonly crashes: ErrorHandler;
  private readonly lastWords = new LastWords();
  private started = false;
  private ending: Promise<void> | undefined;

  /**
   * `onConfigured` is called when the server has fetched its settings, `onStopped` if it does not start, or stops for
   * good without being asked to.
   */
  constructor(
    [program, ...args]: Command,
    settings: (scope?: Uri) => Settings,
    log: LogOutputChannel,
    onConfigured: () => void,
    private readonly onStopped: (reason: string) => void,
  ) {
    // Nothing of the project may be imported: no PYTHONPATH (-E), no working directory on the path (-P).
    const executable = {
      command: program,
      args: [...args, "-E", "-P", "-m", "spawnsafe", "server"],
      options: { cwd: WORKING_DIRECTORY },
    };
    this.client = new QuietClient("spawnsafe", "spawnsafe", executable, {
      documentSelector: ["file", "untitled", "vscode-notebook-cell"].map((scheme) => ({
        language: "python",
        scheme,
      })),
      diagnosticCollectionName: "spawnsafe",
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ settings: settings(), explainCommand: EXPLAIN_RULE }),
      markdown: { isTrusted: { enabledCommands: [EXPLAIN_RULE] } },
      synchronize: { configurationSection: "spawnsafe" },
      middleware: {
        handleDiagnostics: (uri, findings, next) => {
          for (const finding of findings) linkToPage(finding);
          next(uri, findings);
        },
        provideDiagnostics: async (document, previous, token, next) => {
          const report = await next(document, previous, token);
          if (report && "items" in report) for (const finding of report.items) linkToPage(finding);
          return report;
        },
        executeCommand: (command, args, next) =>
          command === SHOW_SENDS ? showReferences(args as unknown as Sends) : next(command, args),
        workspace: {
          configuration: ({ items }) => {
            setImmediate(onConfigured); // when the answer is on its way
            return items.map(({ section, scopeUri }) =>
              section === "spawnsafe" ? settings(scopeUri ? Uri.parse(scopeUri) : undefined) : null,
            );
          },
          didChangeConfiguration: () =>
            this.client.sendNotification(DidChangeConfigurationNotification.type, {
              settings: { spawnsafe: settings() },
            }),
        },
      },
      stdioOptions: {
        stdout: () => {},
        stderr: (stream) => this.lastWords.follow(stream, (line) => log.info(line)),
      },
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => this.closed(),
      },
    });
    this.crashes = this.client.createDefaultErrorHandler();
  }

  /** Whether it runs then; if not, `onStopped` has been called, unless the server was stopped meanwhile. */
  async start(): Promise<boolean> {
    const failure = await this.client.start().catch((error: unknown) => error);
    // The library's promise is fulfilled, too, when the server exits before it has answered.
    this.started = this.client.isRunning();
    if (this.started) return true;
    this.client.serverProcess?.kill();
    const fallback = failure instanceof Error ? failure.message : "it exited before it answered.";
    this.report((await this.lastWords.read()) ?? fallback);
    return false;
  }

  stop(): Promise<void> {
    this.ending ??= this.end();
    return this.ending;
  }

  /** The server's answer to a request of our own; undefined from one that is too old to know it, or that is gone. */
  async ask<T>(method: string, params: object = {}): Promise<T | undefined> {
    if (!this.client.isRunning()) return undefined;
    return this.client.sendRequest<T>(method, params).catch(() => undefined);
  }

  /** Has the server fetch its settings again, of which the selected environment is one. */
  async settingsChanged(): Promise<void> {
    if (!this.client.isRunning()) return;
    await this.client.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
  }

  /** Whether the server runs a command: the library registers those that it does. */
  offers(command: string): boolean {
    return (
      this.client.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false
    );
  }

  private async end(): Promise<void> {
    if (!this.client.isRunning()) {
      this.client.serverProcess?.kill();
      return;
    }
    // The library logs a server that does not stop in time, and kills it.
    await this.client.stop().catch(() => {});
  }

  /** Lets the library start a crashed server again, unless it crashes again and again. */
  private async closed(): Promise<CloseHandlerResult> {
    if (!this.started || this.ending) return { action: CloseAction.DoNotRestart };
    const result = await this.crashes.closed();
    if (result.action === CloseAction.DoNotRestart) this.report("it crashed five times in three minutes.");
    return result;
  }

  private report(reason: string): void {
    if (!this.ending) this.onStopped(reason);
  }
}
