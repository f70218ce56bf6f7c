// What a pane shows: news, counters, state, and a picture of the last seconds. News are data, and only ever become text.

import { Timeline } from "./timeline.js";

const MOST_NEWS = 500;

export class Pane {
  last;
  section;
  #counts = { events: 0, requests: 0, answers: 0, empty: 0, body: 0, bytes: 0 };
  #latencies = [];
  #requests = new Set();
  #timeline;
  #stop = null;

  constructor(way, last) {
    this.way = way;
    this.last = last;
    this.section = document.getElementById("pane").content.firstElementChild.cloneNode(true);
    this.section.dataset.way = way.name;
    const title = this.section.querySelector("h2");
    title.textContent = way.title;
    title.id = `title-${way.name}`;
    this.section.setAttribute("aria-labelledby", title.id);
    this.section.querySelector(".how").textContent = way.how;
    this.section.querySelector(".news").setAttribute("aria-label", `News by ${way.title}`);
    if (way.options) {
      this.section.querySelector(".options").append(document.getElementById(way.options).content.cloneNode(true));
    }
    const canvas = this.section.querySelector("canvas");
    canvas.setAttribute("aria-label", "Requests and arrivals of the last 20 seconds. The counters below say the same in numbers.");
    this.#timeline = new Timeline(canvas);
    this.section.querySelector(".toggle").addEventListener("click", () => (this.#stop ? this.stop() : this.start()));
    // A request that gets no answer is a state of its own: nothing else would show that it is stuck.
    setInterval(() => this.#showStuck(), 250);
  }

  start() {
    this.#stop = new AbortController();
    this.#showToggle();
    this.setState("waiting", "Connects");
    const { signal } = this.#stop;
    this.way.run(this, signal).catch((error) => {
      if (!signal.aborted) this.#end("failed", `Stopped by an error: ${error.message}`);
    });
  }

  // A later start continues after the last event.
  stop() {
    this.#end("stopped", "Stopped");
  }

  beginRequest() {
    const request = { began: Date.now(), ended: null, news: 0 };
    this.#requests.add(request);
    this.#timeline.addRequest(request);
    this.#count("requests", 1);
    return request;
  }

  countAnswer({ empty }) {
    this.#count("answers", 1);
    if (empty) this.#count("empty", 1);
  }

  endRequest(request) {
    request.ended = Date.now();
    this.#requests.delete(request);
  }

  deliver(items, request) {
    const now = Date.now();
    request.news += items.length;
    for (const { id, news } of items) {
      const sent = news.sent_at / 1000;
      const latency = Math.max(0, now - sent);
      this.last = id;
      this.#latencies.push(latency);
      this.#timeline.addArrival({ sent, arrived: now });
      this.#show(id, news.text, latency);
    }
    if (items.length === 0) return;
    this.#count("events", items.length);
    this.#latencies = this.#latencies.slice(-200);
    this.#write("latency", milliseconds(this.#latencies.at(-1)));
    this.#write("median", milliseconds(median(this.#latencies)));
  }

  // The server does not have some events any more. `missed`: how many, if it knows.
  gap(missed) {
    const item = document.createElement("li");
    const events = Number(missed) === 1 ? "event" : "events";
    item.append(span("missed", `${missed ?? "Some"} ${events} missed: not on the server any more`));
    this.#prepend(item);
  }

  countBytes(body, bytes) {
    this.#count("body", body);
    this.#count("bytes", bytes);
  }

  setState(kind, text) {
    if (this.#stop === null) return;
    const state = this.section.querySelector(".state");
    const label = state.querySelector(".text");
    if (state.dataset.state === kind && label.textContent === text) return;
    state.dataset.state = kind;
    label.textContent = text;
  }

  #end(kind, text) {
    this.setState(kind, text);
    this.#stop.abort();
    this.#stop = null;
    this.#showToggle();
  }

  #showStuck() {
    const oldest = Math.min(...[...this.#requests].map(({ began }) => began));
    const seconds = Math.floor((Date.now() - oldest) / 1000);
    const { state } = this.section.querySelector(".state").dataset;
    if (seconds >= 3 && (state === "waiting" || (state === "good" && this.way.counted))) {
      this.setState("stuck", "No answer for more than 3 s: waits for the server, or for a free connection");
    }
  }

  #show(id, text, latency) {
    const item = document.createElement("li");
    item.dataset.id = id;
    item.append(span("id", id), span("latency", milliseconds(latency)), span("text", text));
    this.#prepend(item);
  }

  #prepend(item) {
    const list = this.section.querySelector(".news");
    list.prepend(item);
    while (list.childElementCount > MOST_NEWS) list.lastElementChild.remove();
  }

  #showToggle() {
    const button = this.section.querySelector(".toggle");
    button.textContent = this.#stop ? "Stop" : "Start";
    button.setAttribute("aria-label", `${button.textContent} ${this.way.title}`);
  }

  #count(what, more) {
    this.#counts[what] += more;
    this.#write(what, this.#counts[what].toLocaleString("en"));
    this.#counter(what).dataset.value = this.#counts[what];
  }

  #write(what, text) {
    this.#counter(what).textContent = text;
  }

  #counter(what) {
    return this.section.querySelector(`[data-count="${what}"]`);
  }
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

const milliseconds = (value) => (value < 1 ? "< 1 ms" : `${Math.round(value).toLocaleString("en")} ms`);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
