/** Reads what pip prints. */

import type { NotInstalled } from "./failure";

const NETWORK =
  /Retrying \(Retry\(|NewConnectionError|NameResolutionError|Timeout(Error)?\b|ProxyError|Max retries/;
const CERTIFICATE = /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError/;
const NO_WHEEL = /No matching distribution found for (\S+)/;

/** Why pip failed: the cause that the user can do something about, and pip's own words. */
export function whyItFailed(output: readonly string[]): NotInstalled {
  const text = output.join("\n");
  const errors = output.filter((line) => line.startsWith("ERROR: "));
  const reason = (errors.at(-1) ?? output.findLast((line) => line.trim()) ?? "pip said nothing").replace(
    /^ERROR: /,
    "",
  );
  if (CERTIFICATE.test(text)) return { kind: "not installed", cause: "certificate", reason };
  if (NETWORK.test(text)) return { kind: "not installed", cause: "network", reason };
  return { kind: "not installed", cause: NO_WHEEL.test(text) ? "no wheel" : "other", reason };
}

/** What pip does, in a word or two for a progress message; undefined for lines that tell nothing new. */
export function progress(line: string): string | undefined {
  const [, step, requirement] =
    /^(Collecting|Processing|Installing collected packages)\b:? ?(\S*)/.exec(line) ?? [];
  if (!step) return undefined;
  if (step.startsWith("Installing")) return "installing packages";
  const name = /([^/\\]+?)(==|-\d|$)/.exec(requirement ?? "")?.[1];
  return name ? `getting ${name}` : undefined;
}
