import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import manifest from "../../package.json";

const ROOT = join(import.meta.dirname, "..", "..");

/** Every string in a value made of JSON. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(strings) : [];
}

test("the files that the walkthrough shows are there, and go into the package", () => {
  const files = manifest.contributes.walkthroughs
    .flatMap(({ steps }) => steps)
    .flatMap(({ media }) => strings(media))
    .filter((text) => text.startsWith("client/"));
  assert.ok(files.length > 0);
  for (const file of files) assert.ok(existsSync(join(ROOT, file)), file);
  assert.match(readFileSync(join(ROOT, ".vscodeignore"), "utf8"), /^!client\/walkthrough\/\*\*$/m);
});

test("the commands that the walkthrough runs are those of the palette", () => {
  const commands: string[] = manifest.contributes.commands.map(({ command }) => command);
  const used = strings(manifest.contributes.walkthroughs).flatMap(
    (text) => text.match(/spawnsafe\.[a-zA-Z]+(?=[)"]|$)/g) ?? [],
  );
  const own = used.filter((name) => name !== "spawnsafe.targets");
  assert.deepEqual(
    own.filter((name) => !commands.includes(name)),
    [],
  );
  assert.ok(own.length > 0);
});

test("what says which program runs is restricted in workspaces that are not trusted", () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, [
    "spawnsafe.interpreter",
    "spawnsafe.importStrategy",
  ]);
});

test("the extension's page names every setting", () => {
  const page = readFileSync(join(ROOT, "client", "README.md"), "utf8");
  const names = Object.keys(manifest.contributes.configuration.properties);
  const missing = names.filter((name) => !page.includes(`\`${name}\``));
  assert.deepEqual(missing, ["spawnsafe.trace.server"]);
});
