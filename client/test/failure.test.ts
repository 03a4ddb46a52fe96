import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../src/failure";

test("no Python that is new enough", () => {
  const failure = {
    kind: "no python",
    tried: [
      { command: ["python3"], version: [3, 8], installed: false },
      { command: ["py", "-3"], reason: "was not found" },
    ],
  } as const;
  assert.deepEqual(explain(failure), {
    message:
      "spawnsafe needs Python 3.11 or newer to run itself (the project may use any version): " +
      "python3 is Python 3.8, py -3 was not found.",
    remedies: ["Select Interpreter", "Show Log"],
  });
});

test("a Python without spawnsafe", () => {
  const failure = {
    kind: "not installed",
    python: { command: ["/usr/bin/python3"], version: [3, 12], installed: false },
  } as const;
  assert.deepEqual(explain(failure), {
    message: "spawnsafe is not installed in /usr/bin/python3 (Python 3.12).",
    remedies: ["Install spawnsafe", "Select Interpreter", "Show Log"],
  });
});

test("a server that stopped", () => {
  assert.deepEqual(explain({ kind: "stopped", reason: "ModuleNotFoundError: No module named 'libcst'" }), {
    message: "The spawnsafe server stopped: ModuleNotFoundError: No module named 'libcst'",
    remedies: ["Restart Server", "Show Log"],
  });
});
