/** Shows the page of a rule. */

import { commands, languages, type QuickPickItem, Uri, window } from "vscode";
import type { Session } from "./session";

/** The command, to which the links in hovers lead with the name of a page. */
export const EXPLAIN_RULE = "spawnsafe.explainRule";

/** A page as the server lists it. */
interface Page {
  readonly name: string;
  readonly family: string;
  readonly summary: string;
  readonly uri: string;
}

/** Opens the page of that name; without one, that of the finding at the cursor, or the one that the user picks. */
export async function explainRule(session: Session, name?: string): Promise<void> {
  const pages = await session.ask<Page[]>("spawnsafe/pages");
  if (!pages) {
    void window.showInformationMessage("spawnsafe does not run, so its pages cannot be shown.");
    return;
  }
  const here = name ? [name] : codesAtCursor();
  const page = here.length === 1 ? pages.find((it) => it.name === here[0]) : await pick(pages, here);
  if (page) await commands.executeCommand("markdown.showPreview", Uri.parse(page.uri));
}

function codesAtCursor(): string[] {
  const editor = window.activeTextEditor;
  if (!editor) return [];
  const found = languages
    .getDiagnostics(editor.document.uri)
    .filter(({ source, range }) => source === "spawnsafe" && range.intersection(editor.selection));
  return [...new Set(found.map(({ code }) => String(typeof code === "object" ? code.value : code)))];
}

/** Lets the user pick a page; those of the findings at the cursor come first. */
async function pick(pages: readonly Page[], here: readonly string[]): Promise<Page | undefined> {
  const items = pages
    .map((page): QuickPickItem & { page: Page } => ({
      label: page.name,
      description: page.family,
      detail: page.summary.replaceAll("`", ""),
      page,
    }))
    .sort((one, other) => Number(here.includes(other.label)) - Number(here.includes(one.label)));
  const options = { placeHolder: "The rule to explain", matchOnDetail: true, matchOnDescription: true };
  return (await window.showQuickPick(items, options))?.page;
}
