import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { probe } from "../src/probe";
import { folder, pythonWithSpawnsafe, realPython, realVersion, script, write } from "./programs";

test("a Python without spawnsafe", async () => {
  const command = script(`HOME=${folder()} exec ${realPython} "$@"`);
  assert.deepEqual(await probe(command), { command, version: realVersion, installed: false });
});

test("a Python with spawnsafe in the user's own site directory, which is not imported", async () => {
  const command = pythonWithSpawnsafe();
  assert.deepEqual(await probe(command), { command, version: realVersion, installed: true });
});

test("neither PYTHONPATH nor the working directory is looked at", async () => {
  const project = folder();
  write(join(project, "spawnsafe", "__init__.py"), "");
  write(join(project, "json.py"), "raise SystemExit('imported')\n");
  const command = script(`cd ${project}`, `PYTHONPATH=${project} HOME=${folder()} exec ${realPython} "$@"`);
  assert.deepEqual(await probe(command), { command, version: realVersion, installed: false });
});

test("arguments of the command come first", async () => {
  const command = ["env", "-i", realPython] as const;
  const found = await probe(command);
  assert.deepEqual("version" in found && found.version, realVersion);
});

test("what start-up files print is not taken for the answer", async () => {
  const command = script("echo welcome", `exec ${realPython} "$@"`);
  const found = await probe(command);
  assert.deepEqual("version" in found && found.version, realVersion);
});

test("an old Python", async () => {
  const command = script(`echo '{"version": [3, 8], "installed": false}'`);
  assert.deepEqual(await probe(command), { command, version: [3, 8], installed: false });
});

test("a program that is not there", async () => {
  const command = [join(folder(), "python3")] as const;
  assert.deepEqual(await probe(command), { command, reason: "was not found" });
});

test("a program that hangs, and whose child holds on to its output", async () => {
  const command = script("trap '' TERM", "sleep 20 & wait");
  const began = Date.now();
  assert.deepEqual(await probe(command, 300), { command, reason: "did not answer within 0.3 s" });
  assert.ok(Date.now() - began < 5000);
});

test("a program that fails", async () => {
  const command = script("echo 'Python was not found; run it from the Store' >&2", "exit 9");
  assert.deepEqual(await probe(command), {
    command,
    reason: "failed (Python was not found; run it from the Store)",
  });
  const silent = script("exit 9");
  assert.deepEqual(await probe(silent), { command: silent, reason: "failed (9)" });
});

test("a program that is something else", async () => {
  const command = ["echo"] as const;
  assert.deepEqual(await probe(command), { command, reason: "is not Python" });
});
