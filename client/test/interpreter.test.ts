import assert from "node:assert/strict";
import { test } from "node:test";
import type { Failure } from "../src/failure";
import { bases, choose, environments, type Pythons } from "../src/interpreter";
import { type Command, type Python, probe } from "../src/probe";
import { pythonWithSpawnsafe, script } from "./programs";

const python = (version: string, installed: boolean): Command =>
  script(`echo '{"version": [${version}], "installed": ${installed}}'`);

const NOTHING = { setting: [], selected: undefined, known: async () => [] } as const;
const MADE: Python = { command: ["/private/python"], version: [3, 12], installed: true };
const NO_VENV: Failure = { kind: "no venv", command: ["python3"], reason: "No module named venv" };

async function all(pythons: Pythons): Promise<Command[]> {
  const found: Command[] = [];
  for await (const command of bases(pythons)) found.push(command);
  return found;
}

/** A private environment that is not there yet, and what comes of making it from one Python after the other. */
function missing(...outcomes: (Python | Failure)[]) {
  const made: Command[] = [];
  const make = async (base: Command) => {
    made.push(base);
    return outcomes[made.length - 1] ?? MADE;
  };
  return { made, find: async () => undefined, make };
}

test("what the user set stands alone", async () => {
  const pythons = { ...NOTHING, setting: ["py", "-3.13"], selected: "/selected/python" };
  assert.deepEqual(environments(pythons), [["py", "-3.13"]]);
  assert.deepEqual(await all(pythons), [["py", "-3.13"]]);
});

test("the selected environment counts; PATH does where none is selected", () => {
  assert.deepEqual(environments({ ...NOTHING, selected: "/selected/python" }), [["/selected/python"]]);
  assert.deepEqual(environments(NOTHING), [["python3"], ["python"], ["py", "-3"]]);
});

test("a private environment can be made of any Python that is known, the selected one first", async () => {
  const known = async () => ["/a/python", "/b/python"];
  const found = await all({ ...NOTHING, selected: "/a/python", known });
  assert.deepEqual(found.at(0), ["/a/python"]);
  assert.deepEqual(found.at(-1), ["/b/python"]);
  assert.equal(found.filter(([program]) => program === "/a/python").length, 1);
});

test("the environment's own spawnsafe runs if it is there", async () => {
  const [program] = pythonWithSpawnsafe();
  const own = missing();
  const choice = await choose("fromEnvironment", { ...NOTHING, selected: program }, probe, own);
  assert.ok("python" in choice);
  assert.deepEqual([choice.from, choice.python.command], ["environment", [program]]);
  assert.deepEqual(own.made, []);
});

test("the bundled one runs if it is not there, or not wanted, or its Python is too old", async () => {
  for (const [strategy, setting] of [
    ["fromEnvironment", python("3, 12", false)],
    ["useBundled", python("3, 12", true)],
    ["fromEnvironment", python("3, 8", true)],
  ] as const) {
    const find = async () => MADE;
    const choice = await choose(strategy, { ...NOTHING, setting }, probe, { ...missing(), find });
    assert.deepEqual(choice, { python: MADE, from: "bundle" });
  }
});

test("the private environment is made of the first Python that is new enough", async () => {
  const [old] = python("3, 10", true);
  const [first] = python("3, 12", false);
  const [second] = python("3, 13", false);
  const own = missing();
  const ask = (command: Command) =>
    [old, first, second].includes(command[0]) ? probe(command) : probe(["no-such-python"]);
  const pythons = { ...NOTHING, selected: old, known: async () => [first, second] };
  const choice = await choose("useBundled", pythons, ask, own);
  assert.deepEqual(choice, { python: MADE, from: "bundle" });
  assert.deepEqual(own.made, [[first]]);
});

test("where a Python has no venv or no wheels, the next one is tried", async () => {
  const noWheel: Failure = { kind: "not installed", cause: "no wheel", reason: "" };
  for (const failure of [NO_VENV, noWheel]) {
    const own = missing(failure);
    const ask = async (command: Command): Promise<Python> => ({
      command,
      version: [3, 12],
      installed: false,
    });
    assert.deepEqual(await choose("useBundled", NOTHING, ask, own), { python: MADE, from: "bundle" });
    assert.deepEqual(own.made, [["python3"], ["python"]]);
  }
});

test("without a network, no other Python is tried", async () => {
  const offline: Failure = { kind: "not installed", cause: "network", reason: "" };
  const own = missing(offline);
  const ask = async (command: Command): Promise<Python> => ({ command, version: [3, 12], installed: false });
  assert.deepEqual(await choose("useBundled", NOTHING, ask, own), offline);
  assert.equal(own.made.length, 1);
});

test("where all fail, the first failure is told; where none is new enough, all that was tried", async () => {
  const [program] = python("3, 12", false);
  const failing = missing(NO_VENV);
  assert.deepEqual(await choose("useBundled", { ...NOTHING, setting: [program] }, probe, failing), NO_VENV);
  const old = python("3, 10", true);
  assert.deepEqual(await choose("fromEnvironment", { ...NOTHING, setting: old }, probe, missing()), {
    kind: "no python",
    tried: [{ command: old, version: [3, 10], installed: true }],
  });
});

test("the editor is asked for more Pythons only if none of the others will do", async () => {
  const known = () => assert.fail("asked");
  const ask = async (command: Command): Promise<Python> => ({ command, version: [3, 12], installed: false });
  await choose("useBundled", { ...NOTHING, known }, ask, missing());
  await choose("useBundled", { ...NOTHING, known }, ask, { ...missing(), find: async () => MADE });
});
