/** Shows places of the server's in the list that VS Code has for references. */

import { commands, Location, Position, Range, Uri } from "vscode";
import type { Location as Place, Position as Point } from "vscode-languageclient";

/** The command of the server's code lenses. Where an editor has no such list, the server itself opens a place. */
export const SHOW_SENDS = "spawnsafe.showSends";

/** The arguments of that command: where the lens is, and the places to which it leads. */
export type Sends = readonly [uri: string, position: Point, places: readonly Place[]];

export async function showReferences([uri, position, places]: Sends): Promise<void> {
  const locations = places.map(({ uri, range }) => {
    return new Location(Uri.parse(uri), new Range(point(range.start), point(range.end)));
  });
  await commands.executeCommand("editor.action.showReferences", Uri.parse(uri), point(position), locations);
}

function point({ line, character }: Point): Position {
  return new Position(line, character);
}
