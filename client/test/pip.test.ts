import assert from "node:assert/strict";
import { test } from "node:test";
import { progress, whyItFailed } from "../src/pip";

const MISSING = [
  "ERROR: Could not find a version that satisfies the requirement click==8.5.1 (from versions: none)",
  "ERROR: No matching distribution found for click==8.5.1",
];

/** What pip says when there is no network, and behind a proxy with a certificate of its own. */
function retrying(error: string): string {
  return `WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by '${error}': /simple/click/`;
}

test("no network", () => {
  const unresolved = retrying("NameResolutionError(\"Failed to resolve 'pypi.org'\")");
  assert.equal(whyItFailed([unresolved, ...MISSING]).cause, "network");
});

test("a certificate that is not trusted", () => {
  const unverified = retrying("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))");
  assert.equal(whyItFailed([unverified, ...MISSING]).cause, "certificate");
});

test("no wheel for this Python", () => {
  assert.deepEqual(whyItFailed(["Collecting attrs==26.1.0", ...MISSING]), {
    kind: "not installed",
    cause: "no wheel",
    reason: "No matching distribution found for click==8.5.1",
  });
});

test("anything else is told in pip's words", () => {
  const full = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device";
  assert.deepEqual(whyItFailed(["Collecting attrs==26.1.0", full, ""]), {
    kind: "not installed",
    cause: "other",
    reason: "Could not install packages due to an OSError: [Errno 28] No space left on device",
  });
  assert.equal(whyItFailed(["Traceback:", "MemoryError", ""]).reason, "MemoryError");
  assert.equal(whyItFailed([]).reason, "pip said nothing");
});

test("progress is told by names", () => {
  assert.equal(progress("Collecting libcst==1.9.0 (from -r requirements.txt (line 12))"), "getting libcst");
  assert.equal(progress("Processing ./spawnsafe-0.1.0-py3-none-any.whl (from -r x)"), "getting spawnsafe");
  assert.equal(
    progress("Processing /files/typing_extensions-4.16.0-py3-none-any.whl"),
    "getting typing_extensions",
  );
  assert.equal(progress("Installing collected packages: attrs, click"), "installing packages");
  assert.equal(progress("  Using cached attrs-26.1.0-py3-none-any.whl (60 kB)"), undefined);
});
