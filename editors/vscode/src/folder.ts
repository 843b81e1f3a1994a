// Which folder is the rule set of a file: as the server finds it. Nothing here needs VS Code.

import { readdirSync } from "node:fs";
import { dirname, relative, isAbsolute } from "node:path";

export const SUFFIX = ".rules";

/**
 * The folder of a rule file, or the highest one above it, within the folders that are open, from which rule files stand
 * in each folder on the way down.
 */
export function ruleSetOf(file: string, open: readonly string[]): string {
  let folder = dirname(file);
  while (open.some((root) => isBelow(folder, root)) && holdsRules(dirname(folder))) folder = dirname(folder);
  return folder;
}

function isBelow(folder: string, root: string): boolean {
  const way = relative(root, folder);
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}

function holdsRules(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith(SUFFIX));
  } catch {
    return false;
  }
}
