// The WebSocket of this tab. The key came in the address, behind the #, which browsers send to nobody.

const KEY = "flowrules.key";
const FIRST_WAIT = 300, MOST_WAIT = 5000;
const BEAT = 5000;
const SILENCE = 20000; // Milliseconds without a word, though one was asked for, after which nobody is there.

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
  #heard = 0;
  #isOther = false;

  /** `taken` is told each message, `state` "open", "lost", or "other": somebody answers there who does not know this page. */
  constructor(key, taken, state) {
    this.key = key;
    this.taken = taken;
    this.state = state;
    this.#connect();
    setInterval(() => this.#beat(), BEAT);
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

  /** A program that hangs closes no connection: it is asked for a word from time to time. */
  #beat() {
    if (Date.now() - this.#heard > SILENCE) this.#lose(this.#socket);
    else this.send({ kind: "ping" });
  }

  #connect() {
    const language = encodeURIComponent(document.documentElement.lang);
    const socket = new WebSocket(`ws://${location.host}/tab?language=${language}`, ["flowrules.studio", `flowrules.key.${this.key}`]);
    this.#socket = socket;
    this.#heard = Date.now();
    let isGreeted = false;
    socket.onmessage = ({ data }) => {
      this.#heard = Date.now();
      if (!isGreeted) {
        // Not before: one that hangs may still take connections.
        isGreeted = true;
        this.#wait = FIRST_WAIT;
        this.#isOther = false;
        this.state("open");
      }
      const message = JSON.parse(data);
      if (message.kind === "answer") {
        this.#questions.get(message.id)?.(message.answer);
        this.#questions.delete(message.id);
      } else this.taken(message);
    };
    socket.onclose = () => this.#lose(socket);
  }

  #lose(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#heard = Infinity;
    socket.onclose = socket.onmessage = null;
    socket.close();
    for (const answered of this.#questions.values()) answered(null);
    this.#questions.clear();
    this.#look();
    setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, MOST_WAIT);
  }

  /** Say that the connection is lost, or that another program, which was started since, has taken the place of this page's. */
  async #look() {
    this.state(this.#isOther ? "other" : "lost");
    const answer = await fetch("/", { cache: "no-store" }).catch(() => null); // Nobody may be there.
    this.#isOther = Boolean(answer?.ok) && this.#wait > 4 * FIRST_WAIT;
    if (this.#isOther && !this.isOpen) this.state("other");
  }
}
