/** The environment that the user selected for the project, if an extension is there to tell. */

import { isAbsolute } from "node:path";
import { type Disposable, type Event, extensions, type LogOutputChannel, type Uri, workspace } from "vscode";

/** Milliseconds for another extension to start or to answer. */
const PATIENCE = 20_000;

/** What the extensions below have in common. */
interface Source {
  /** The interpreter that is selected for a folder, or in general. */
  selected(scope?: Uri): Promise<string | undefined>;
  /** The interpreters that the extension has found. */
  known(): Promise<(string | undefined)[]>;
  readonly onDidChange: Event<unknown>;
}

/** The part of the interface of `ms-python.vscode-python-envs` that is needed here. */
interface PythonEnvironments {
  getEnvironment(scope?: Uri): Promise<Environment | undefined>;
  getEnvironments(scope: "all"): Promise<Environment[]>;
  readonly onDidChangeEnvironment: Event<unknown>;
}

interface Environment {
  readonly execInfo: { readonly run: { readonly executable: string } };
}

/** The part of the interface of `ms-python.python` that is needed here. */
interface Python {
  readonly ready: Promise<void>;
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    resolveEnvironment(environment: { readonly path: string }): Promise<ResolvedEnvironment | undefined>;
    readonly known: readonly ResolvedEnvironment[];
    readonly onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

interface ResolvedEnvironment {
  readonly executable: { readonly uri: Uri | undefined };
}

function ofPythonEnvironments(api: PythonEnvironments): Source {
  return {
    selected: async (scope) => (await api.getEnvironment(scope))?.execInfo.run.executable,
    known: async () => (await api.getEnvironments("all")).map((it) => it.execInfo.run.executable),
    onDidChange: api.onDidChangeEnvironment,
  };
}

function ofPython({ environments }: Python): Source {
  return {
    selected: async (scope) => {
      const environment = environments.getActiveEnvironmentPath(scope);
      const resolved = await environments.resolveEnvironment(environment);
      return resolved?.executable.uri?.fsPath ?? environment.path;
    },
    known: async () => environments.known.map((it) => it.executable.uri?.fsPath),
    onDidChange: environments.onDidChangeActiveEnvironmentPath,
  };
}

export class Environments {
  /** By folder, and in general. */
  private selections: ReadonlyMap<string | undefined, string | undefined> = new Map();

  private constructor(
    private readonly source: Source | undefined,
    private readonly log: LogOutputChannel,
  ) {}

  static async connect(log: LogOutputChannel): Promise<Environments> {
    const environments = new Environments(await findSource(log), log);
    await environments.refresh();
    return environments;
  }

  /** The interpreter of the project. It resolves the project's imports; its version does not matter. */
  selected(scope?: Uri): string | undefined {
    const key = scope && workspace.getWorkspaceFolder(scope)?.uri.toString();
    return this.selections.get(key);
  }

  /** The selected interpreter, as a candidate for running the server. */
  candidate(): string | undefined {
    // Until the workspace is trusted, a program that lies in it must not be run.
    return workspace.isTrusted ? this.selected(workspace.workspaceFolders?.[0]?.uri) : undefined;
  }

  /** All interpreters that can be told, as candidates for running the server. */
  async known(): Promise<string[]> {
    if (!workspace.isTrusted) return [];
    const known = this.source ? await soon(this.source.known()).catch(() => []) : [];
    return known.filter(isPath);
  }

  /** Calls back when another environment is selected. The extensions repeat their events without a change. */
  onDidChange(listener: () => void): Disposable[] {
    const look = async () => {
      if (await this.refresh()) listener();
    };
    const folders = workspace.onDidChangeWorkspaceFolders(look);
    return this.source ? [folders, this.source.onDidChange(look)] : [folders];
  }

  /** Asks anew what is selected, and returns whether anything has changed. */
  private async refresh(): Promise<boolean> {
    const scopes = [undefined, ...(workspace.workspaceFolders ?? []).map((it) => it.uri)];
    const entries = scopes.map(async (scope) => [scope?.toString(), await this.ask(scope)] as const);
    const before = JSON.stringify([...this.selections]);
    this.selections = new Map(await Promise.all(entries));
    return JSON.stringify([...this.selections]) !== before;
  }

  private async ask(scope?: Uri): Promise<string | undefined> {
    try {
      const path = this.source && (await soon(this.source.selected(scope)));
      return isPath(path) ? path : undefined;
    } catch (error) {
      this.log.warn("The selected environment is unknown:", String(error));
      return undefined;
    }
  }
}

/** The extension to ask. That for environments, if it is there and in use, decides for the Python extension too. */
async function findSource(log: LogOutputChannel): Promise<Source | undefined> {
  const environments = await activate<PythonEnvironments>("ms-python.vscode-python-envs", log);
  if (environments?.getEnvironment) return ofPythonEnvironments(environments);
  const python = await activate<Python>("ms-python.python", log);
  return python && ofPython(python);
}

/** What an extension exports when it is ready, if it is there. */
async function activate<T extends object>(id: string, log: LogOutputChannel): Promise<T | undefined> {
  const start = async () => {
    const api = await extensions.getExtension<T>(id)?.activate();
    if (api && "ready" in api) await api.ready;
    return api;
  };
  try {
    return await soon(start());
  } catch (error) {
    log.warn(`${id} did not start:`, String(error));
    return undefined;
  }
}

/** What comes of it, unless that takes too long: another extension's trouble shall not be ours. */
async function soon<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** While nothing is selected, the Python extension says just "python". */
function isPath(path: string | undefined): path is string {
  return path !== undefined && isAbsolute(path);
}
