/**
 * The rules' pages, to which findings link, as documents of a scheme of their own. They are files outside of the
 * workspace, and before it opens such a file, VS Code asks whether the user trusts it.
 */

import { readFile } from "node:fs/promises";
import { type Diagnostic, type Disposable, Uri, workspace } from "vscode";

const SCHEME = "spawnsafe";
const PAGE = /\/spawnsafe\/(rules\/\w+|advice)\/\w+\.md$/;

export function providePages(): Disposable {
  return workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) =>
      PAGE.test(uri.path) ? readFile(Uri.file(uri.path).fsPath, "utf8") : undefined,
  });
}

/** Lets a finding's link lead to such a document. */
export function linkToPage(finding: Diagnostic): void {
  const { code } = finding;
  if (typeof code === "object" && code.target.scheme === "file" && PAGE.test(code.target.path)) {
    finding.code = { ...code, target: code.target.with({ scheme: SCHEME }) };
  }
}
