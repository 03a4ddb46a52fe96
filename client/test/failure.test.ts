import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../src/failure";

test("no Python that is new enough", () => {
  const missing = { command: ["py", "-3"], reason: "was not found" } as const;
  const old = { command: ["python3"], version: [3, 8], installed: false } as const;
  const needed = "spawnsafe needs Python 3.11 or newer to run itself (the project may use any version): ";
  const told = (...tried: (typeof missing | typeof old)[]) => explain({ kind: "no python", tried }).message;
  assert.equal(told(old, missing), `${needed}python3 is Python 3.8.`);
  assert.equal(told(missing), `${needed}py -3 was not found.`);
  assert.equal(told(missing, missing), `${needed}none was found.`);
  assert.deepEqual(explain({ kind: "no python", tried: [] }).remedies, [
    "Select Interpreter",
    "Retry",
    "Show Log",
  ]);
});

test("a Python without the module venv", () => {
  const failure = { kind: "no venv", command: ["/usr/bin/python3"], reason: "No module named venv" } as const;
  assert.deepEqual(explain(failure), {
    message:
      "/usr/bin/python3 cannot make the virtual environment in which spawnsafe runs: No module named venv. " +
      "On Debian and Ubuntu, the package python3-venv brings what is missing.",
    remedies: ["Retry", "Select Interpreter", "Show Log"],
  });
});

test("an installation that can be tried again", () => {
  for (const cause of ["network", "certificate", "no wheel", "other"] as const) {
    const { message, remedies } = explain({
      kind: "not installed",
      cause,
      reason: "No space left on device",
    });
    assert.match(message, /spawnsafe/);
    assert.ok(remedies.includes("Retry"));
    assert.equal(message.includes("No space left on device."), cause === "other" || cause === "no wheel");
  }
  assert.deepEqual(explain({ kind: "cancelled" }).remedies, ["Retry", "Show Log"]);
});

test("a server that stopped", () => {
  assert.deepEqual(explain({ kind: "stopped", reason: "ModuleNotFoundError: No module named 'libcst'" }), {
    message: "The spawnsafe server stopped: ModuleNotFoundError: No module named 'libcst'",
    remedies: ["Restart Server", "Show Log"],
  });
});
