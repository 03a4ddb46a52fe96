import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { LastWords } from "../src/last-words";
import { realPython, script } from "./programs";

test("a dying Python's last line is remembered, and every line is logged", async () => {
  const dying = spawn(realPython, ["-c", "import no_such_module"]);
  const words = new LastWords();
  const log: string[] = [];
  words.follow(dying.stderr, (line) => log.push(line));
  await once(dying, "close");
  assert.match((await words.read()) ?? "", /^ModuleNotFoundError: No module named 'no_such_module'$/);
  assert.match(log[0] ?? "", /^Traceback/);
});

test("a process that keeps its stderr open is not waited for", async () => {
  const [program] = script("echo one >&2", "echo two >&2", "exec sleep 20");
  const living = spawn(program);
  const words = new LastWords();
  words.follow(living.stderr, () => {});
  assert.equal(await words.read(), "two");
  living.kill();
});

test("a process that says nothing leaves no words", async () => {
  const words = new LastWords();
  words.follow(spawn(realPython, ["-c", ""]).stderr, () => {});
  assert.equal(await words.read(), undefined);
});
