import * as vscode from "vscode";

import { ruleSetOf, SUFFIX } from "./folder.js";
import { folders } from "./settings.js";

/** The folder of a document's rule set, once all that is open of it is saved; undefined where it is no file. */
export async function savedRuleSet(document: vscode.TextDocument): Promise<string | undefined> {
  if (document.uri.scheme !== "file") {
    void vscode.window.showInformationMessage("Save this file first: the program reads it from its folder.");
    return undefined;
  }
  const folder = ruleSetOf(document.uri.fsPath, folders());
  const open = vscode.workspace.textDocuments.filter(
    (one) => one.isDirty && one.uri.scheme === "file" && one.uri.fsPath.endsWith(SUFFIX),
  );
  await Promise.all(open.map((one) => one.save()));
  return folder;
}

/** The rule file in front; a message where there is none. */
export function activeRules(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId === "flowrules") return editor;
  void vscode.window.showInformationMessage("Open a rule file first.");
  return undefined;
}
