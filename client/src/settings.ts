/** The settings as the server gets them: untouched, and only those that somebody set. */

/** The part of VS Code's `WorkspaceConfiguration` that is needed here. */
export interface Configuration {
  get(name: string): unknown;
  inspect(
    name: string,
  ): { globalValue?: unknown; workspaceValue?: unknown; workspaceFolderValue?: unknown } | undefined;
}

export type Settings = Record<string, unknown>;

/** Defaults are left out, since they would override the project's `pyproject.toml`. */
export function userSettings(names: readonly string[], configuration: Configuration): Settings {
  const isSet = (name: string) => {
    const { globalValue, workspaceValue, workspaceFolderValue } = configuration.inspect(name) ?? {};
    return [globalValue, workspaceValue, workspaceFolderValue].some((value) => value !== undefined);
  };
  return Object.fromEntries(names.filter(isSet).map((name) => [name, configuration.get(name)]));
}

/** The settings that are the server's affair: all that the manifest contributes but the client's own. */
export function serverSettings(manifest: Manifest): string[] {
  return Object.keys(manifest.contributes.configuration.properties)
    .map((name) => name.replace(/^spawnsafe\./, ""))
    .filter((name) => !["interpreter", "importStrategy", "trace.server"].includes(name));
}

interface Manifest {
  readonly contributes: { readonly configuration: { readonly properties: Record<string, unknown> } };
}
