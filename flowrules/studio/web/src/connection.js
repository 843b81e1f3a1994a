// The WebSocket of this tab. The key came in the address, behind the #, which browsers send to nobody.

const KEY = "flowrules.key";
const FIRST_WAIT = 300, MOST_WAIT = 5000;

/** Take the key out of the address bar and keep it for this tab alone; null where there is none. */
export function takeKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

/** Connects, and connects again when the connection is lost. */
export class Connection {
  #socket = null;
  #wait = FIRST_WAIT;
  #questions = new Map();
  #number = 0;

  /** `taken` is told each message, `state` "open" or "lost". */
  constructor(key, taken, state) {
    this.key = key;
    this.taken = taken;
    this.state = state;
    this.#connect();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
  }

  /** Ask something of a file; null where no answer comes. */
  ask(what, file, start = 0, end = 0) {
    if (!this.isOpen) return Promise.resolve(null);
    const id = ++this.#number;
    return new Promise((answered) => {
      this.#questions.set(id, answered);
      this.send({ kind: "ask", id, what, file, start, end });
    });
  }

  #connect() {
    const language = encodeURIComponent(document.documentElement.lang);
    const socket = new WebSocket(`ws://${location.host}/tab?language=${language}`, ["flowrules.studio", `flowrules.key.${this.key}`]);
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.state("open");
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.kind === "answer") {
        this.#questions.get(message.id)?.(message.answer);
        this.#questions.delete(message.id);
      } else this.taken(message);
    };
    socket.onclose = () => {
      for (const answered of this.#questions.values()) answered(null);
      this.#questions.clear();
      this.state("lost");
      setTimeout(() => this.#connect(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, MOST_WAIT);
    };
  }
}
