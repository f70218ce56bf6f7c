// Seven streams more than the page needs: which of them get a connection.

const NUMBER = 7;
const byId = (id) => document.getElementById(id);

export class Streams {
  #streams = [];
  #shared;

  // `shared`: all streams share one connection.
  constructor(shared) {
    this.#shared = shared;
    byId("open-streams").addEventListener("click", () => this.#open());
    byId("close-streams").addEventListener("click", () => this.#close());
    setInterval(() => this.#show(), 250);
  }

  #open() {
    this.#close();
    for (let number = 1; number <= NUMBER; number += 1) {
      const stream = new Stream(number, () => this.#show());
      this.#streams.push(stream);
      byId("streams").append(stream.item);
    }
    this.#show();
    byId("close-streams").disabled = false;
  }

  #close() {
    for (const stream of this.#streams) stream.close();
    this.#streams = [];
    byId("streams").replaceChildren();
    byId("close-streams").disabled = true;
    this.#show();
  }

  #show() {
    for (const stream of this.#streams) stream.show();
    const note = this.#note();
    if (byId("streams-note").textContent !== note) byId("streams-note").textContent = note;
  }

  #note() {
    const number = (state) => this.#streams.filter((stream) => stream.state === state).length;
    const [open, waiting, reconnecting] = [number("open"), number("waiting"), number("reconnecting")];
    if (open + waiting + reconnecting === 0) return "";
    if (reconnecting > 0) {
      return `${open} open, ${waiting} waiting, ${reconnecting} reconnecting: their connections were lost, or the server does not answer.`;
    }
    if (waiting === 0) return this.#shared ? `All ${open} are open, on one connection.` : `All ${open} are open.`;
    if (this.#shared) return `${open} open, ${waiting} waiting.`;
    return (
      `${open} open, ${waiting} waiting for one of the six connections. ` +
      "Every request of this page waits with them: polling stands still until a stream is closed."
    );
  }
}

class Stream {
  state;
  item = document.createElement("li");
  #source;
  #since;
  #news = 0;
  #text = document.createElement("span");

  constructor(number, changed) {
    this.#source = new EventSource(`api/events?stream=${number}`);
    const become = (state) => {
      if (this.state === state) return;
      this.state = state;
      this.#since = Date.now();
      this.item.dataset.state = state;
      button.disabled = state === "closed";
      changed();
    };
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.setAttribute("aria-hidden", "true");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Close";
    button.setAttribute("aria-label", `Close stream ${number}`);
    button.addEventListener("click", () => {
      this.close();
      become("closed");
    });
    this.item.append(dot, this.#text, button);
    this.#source.onopen = () => become("open");
    this.#source.onerror = () => become(this.#source.readyState === EventSource.CLOSED ? "closed" : "reconnecting");
    this.#source.onmessage = () => {
      this.#news += 1;
    };
    become("waiting");
  }

  close() {
    this.#source.close();
  }

  show() {
    const seconds = Math.floor((Date.now() - this.#since) / 1000);
    const news = this.state === "open" ? `, ${this.#news} ${this.#news === 1 ? "event" : "events"}` : "";
    this.#text.textContent = `${this.state} for ${seconds} s${news}`;
  }
}
