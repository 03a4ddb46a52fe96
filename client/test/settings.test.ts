import assert from "node:assert/strict";
import { test } from "node:test";
import manifest from "../../package.json";
import schema from "../../server/spawnsafe/settings.schema.json";
import { serverSettings, userSettings } from "../src/settings";

/** Settings as VS Code keeps them: a value for each level at which somebody set one. */
function configuration(levels: Record<string, Record<string, unknown>>) {
  return {
    get: (name: string) => Object.values(levels[name] ?? { default: [] }).at(-1),
    inspect: (name: string) => levels[name],
  };
}

test("only settings that somebody set are passed, untouched", () => {
  const settings = configuration({
    select: { defaultValue: [] },
    ignore: { defaultValue: [], globalValue: ["performance"] },
    targets: { globalValue: ["linux-3.14"], workspaceValue: ["windows-3.12"] },
    "per-file-ignores": { workspaceFolderValue: { "tests/**": ["unguarded-start"] } },
    exclude: { globalValue: [] },
  });
  assert.deepEqual(
    userSettings(["select", "ignore", "targets", "per-file-ignores", "exclude", "unknown"], settings),
    {
      ignore: ["performance"],
      targets: ["windows-3.12"],
      "per-file-ignores": { "tests/**": ["unguarded-start"] },
      exclude: [],
    },
  );
});

test("the server gets every setting that it knows, and none of the client's own", () => {
  assert.deepEqual(serverSettings(manifest).toSorted(), Object.keys(schema.properties).toSorted());
});

test("no setting of the server has a default, which would override pyproject.toml", () => {
  const properties: Record<string, object> = manifest.contributes.configuration.properties;
  for (const name of serverSettings(manifest)) {
    assert.ok(!("default" in (properties[`spawnsafe.${name}`] ?? {})), name);
  }
});
