// What was typed and not saved is kept in this browser too, so that a tab that is closed, or a program that ends, loses nothing.

const PAUSE = 400;

export class Drafts {
  #timers = new Map();

  /** `id` tells rule sets apart. */
  constructor(id) {
    this.prefix = `flowrules.draft.${id}.`;
  }

  /** What was left of a file: {text, digest}, or null. */
  left(file) {
    try {
      return JSON.parse(localStorage.getItem(this.prefix + file));
    } catch {
      return null;
    }
  }

  /** Every file that something was left of. */
  names() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
  }

  keep(file) {
    clearTimeout(this.#timers.get(file.name));
    this.#timers.set(file.name, setTimeout(() => this.#write(file), PAUSE));
  }

  #write(file) {
    try {
      if (file.edited) localStorage.setItem(this.prefix + file.name, JSON.stringify({ text: file.text, digest: file.digest }));
      else localStorage.removeItem(this.prefix + file.name);
    } catch {
      // No room, or no storage at all: the text is in the editor, and the server has it.
    }
  }

  drop(name) {
    clearTimeout(this.#timers.get(name));
    localStorage.removeItem(this.prefix + name);
  }
}
