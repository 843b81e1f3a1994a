import * as vscode from "vscode";
import type { Location, Position } from "vscode-languageserver-protocol";

/** Show places beside one in a file, in the editor's own list of references. */
export async function showPlaces(uri: string, position: Position, places: readonly Location[]): Promise<void> {
  await vscode.commands.executeCommand(
    "editor.action.showReferences",
    vscode.Uri.parse(uri),
    new vscode.Position(position.line, position.character),
    places.map(({ uri, range: { start, end } }) => {
      const range = new vscode.Range(start.line, start.character, end.line, end.character);
      return new vscode.Location(vscode.Uri.parse(uri), range);
    }),
  );
}
