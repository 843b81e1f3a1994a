// A line as a person types it, cut into words as a shell would. Nothing here needs VS Code.

/** `said="call me" -f plan=gold` is three words: quotes join what stands between them, and are left out. */
export function words(line: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const letter of line.replace(/[“”„]/g, '"')) {
    if (quote !== "") {
      if (letter === quote) quote = "";
      else word = (word ?? "") + letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= "";
    } else if (/\s/.test(letter)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + letter;
    }
  }
  if (word !== undefined) found.push(word);
  return found;
}
