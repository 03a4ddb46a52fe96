import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, choose } from "../src/interpreter";
import { type Command, probe } from "../src/probe";
import { pythonWithSpawnsafe, script } from "./programs";

const python = (version: string, installed: boolean): Command =>
  script(`echo '{"version": [${version}], "installed": ${installed}}'`);

test("the setting stands alone", () => {
  assert.deepEqual(candidates(["py", "-3.13"], "/selected/python"), [["py", "-3.13"]]);
});

test("the selected environment comes before PATH", () => {
  const onPath = [["python3"], ["python"], ["py", "-3"]];
  assert.deepEqual(candidates([], "/selected/python"), [["/selected/python"], ...onPath]);
  assert.deepEqual(candidates([], undefined), onPath);
});

test("the first Python that is new enough and has spawnsafe wins", async () => {
  const best = pythonWithSpawnsafe();
  const commands = [
    python("3, 8", true),
    python("2, 7", false),
    python("3, 12", false),
    ["no-such-python"],
    best,
    python("4, 0", true),
  ] as const;
  const choice = await choose(commands, probe);
  assert.deepEqual("command" in choice && choice.command, best);
});

test("a winner ends the search", async () => {
  const asked: Command[] = [];
  const first = python("3, 11", true);
  await choose([first, ["never-asked"]], (command) => {
    asked.push(command);
    return probe(command);
  });
  assert.deepEqual(asked, [first]);
});

test("without spawnsafe anywhere, the first Python that could run it is named", async () => {
  const old = python("3, 10", false);
  const newer = python("3, 12", false);
  assert.deepEqual(await choose([old, newer, python("3, 13", false)], probe), {
    kind: "not installed",
    python: { command: newer, version: [3, 12], installed: false },
  });
});

test("without a Python that is new enough, all that was tried is told", async () => {
  const old = python("3, 10", true);
  assert.deepEqual(await choose([old, ["no-such-python"]], probe), {
    kind: "no python",
    tried: [
      { command: old, version: [3, 10], installed: true },
      { command: ["no-such-python"], reason: "was not found" },
    ],
  });
});
