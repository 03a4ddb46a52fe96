/** The environment that the user selected for the project, if the Python extension is there to tell. */

import { isAbsolute } from "node:path";
import { type Disposable, type Event, extensions, type LogOutputChannel, type Uri, workspace } from "vscode";

/** The part of the Python extension's interface that is needed here. */
interface PythonExtension {
  readonly ready: Promise<void>;
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri: Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

export class Environments {
  private constructor(private readonly api: PythonExtension["environments"] | undefined) {}

  static async connect(log: LogOutputChannel): Promise<Environments> {
    const extension = extensions.getExtension<PythonExtension>("ms-python.python");
    if (!extension) return new Environments(undefined);
    try {
      const { ready, environments } = await extension.activate();
      await ready;
      return new Environments(environments);
    } catch (error) {
      log.warn("The Python extension did not start, so the selected environment is unknown.", String(error));
      return new Environments(undefined);
    }
  }

  /** The environment's Python or folder. It resolves the project's imports; its version does not matter. */
  path(scope?: Uri): string | undefined {
    const path = this.api?.getActiveEnvironmentPath(scope).path;
    // While nothing is selected the Python extension says just "python".
    return path && isAbsolute(path) ? path : undefined;
  }

  /** The selected environment's Python, as a candidate for running the server. */
  async interpreter(): Promise<string | undefined> {
    // Until the workspace is trusted, a program that lies in it must not be run.
    const path = workspace.isTrusted ? this.path(workspace.workspaceFolders?.[0]?.uri) : undefined;
    return path && (await this.api?.resolveEnvironment({ path }))?.executable.uri?.fsPath;
  }

  /** Calls back when another environment is selected. The Python extension repeats its event without a change. */
  onDidChange(listener: () => void): Disposable | undefined {
    const selected = () =>
      [undefined, ...(workspace.workspaceFolders ?? [])].map((it) => this.path(it?.uri)).join();
    let known = selected();
    return this.api?.onDidChangeActiveEnvironmentPath(() => {
      if (known === selected()) return;
      known = selected();
      listener();
    });
  }
}
