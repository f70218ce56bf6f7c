// The three ways to receive news. Each one runs until its signal aborts, and reports to its pane.

const after = (path, id) => `${path}?after=${encodeURIComponent(id)}`;

export const short = {
  name: "short",
  title: "Short polling",
  how: "Asks again and again. The server answers at once, often with nothing.",
  path: "api/news",
  counted: true,
  options: "short-options",

  async run(pane, signal) {
    const interval = pane.section.querySelector(".interval");
    const useEtag = pane.section.querySelector(".etag");
    let etag = null;
    let next = performance.now();
    while (!signal.aborted) {
      const headers = useEtag.checked && etag ? { "If-None-Match": etag } : {};
      const answer = await poll(pane, this.path, signal, headers);
      if (signal.aborted) return;
      etag = answer?.etag ?? etag;
      // `next` is still ahead if the interval was changed during the sleep.
      const now = performance.now();
      next = Math.max(Math.min(next, now) + Number(interval.value), now);
      const seconds = Number(interval.value) / 1000;
      if (answer) pane.setState("good", `Asks every ${seconds} s`);
      else pane.setState("failed", `${NO_ANSWER} Next try in ${seconds} s.`);
      await sleep(next - performance.now(), signal, interval);
    }
  },
};

export const long = {
  name: "long",
  title: "Long polling",
  how: "Asks, and the server holds the answer until there is news or a second has passed. Then the page asks again.",
  path: "api/updates",
  counted: true,

  async run(pane, signal) {
    while (!signal.aborted) {
      const answer = await poll(pane, this.path, signal, {});
      if (signal.aborted) return;
      if (answer) {
        pane.setState("good", "One request is always open");
      } else {
        pane.setState("failed", `${NO_ANSWER} Next try in 1 s.`);
        await sleep(1000, signal);
      }
    }
  },
};

export const sse = {
  name: "sse",
  title: "Server-Sent Events",
  how: "Asks once. The answer stays open, and events arrive as they happen. The browser connects again by itself.",
  path: "api/events",
  counted: false,

  run(pane, signal) {
    return new Promise((resolve, reject) => {
      const source = new EventSource(after(this.path, pane.last));
      let request = pane.beginRequest();
      source.onopen = () => {
        pane.countAnswer({ empty: false });
        pane.countBytes(0, HEADER_ESTIMATE);
        pane.setState("good", "Open");
      };
      source.onmessage = ({ lastEventId, data }) => {
        try {
          const bytes = byteLength(`id: ${lastEventId}\ndata: ${data}\n\n`);
          pane.countBytes(bytes, bytes);
          pane.deliver([{ id: lastEventId, news: JSON.parse(data) }], request);
        } catch (error) {
          reject(error); // the pane then aborts the signal
        }
      };
      source.addEventListener("gap", ({ data }) => pane.gap(data || null));
      source.onerror = () => {
        pane.endRequest(request);
        if (source.readyState === EventSource.CLOSED) {
          pane.setState("failed", "Closed: the answer was not an event stream");
          return;
        }
        pane.setState("failed", "Connection lost. The browser connects again.");
        request = pane.beginRequest();
      };
      signal.addEventListener("abort", () => {
        source.close();
        pane.endRequest(request);
        resolve();
      });
    });
  },
};

// What browsers add to the size of a body for the headers of its answer.
const HEADER_ESTIMATE = 300;

const NO_ANSWER = "No answer, or not the expected one.";

const encoder = new TextEncoder();
const byteLength = (text) => encoder.encode(text).length;

// One request, and what it brings. Returns null if there is no such answer. Throws if what the answer brings cannot be shown.
async function poll(pane, path, signal, headers) {
  const request = pane.beginRequest();
  try {
    const answer = await ask(after(path, pane.last), headers, signal);
    if (answer === null || signal.aborted) return null;
    if (answer.batch) {
      const { data, last, missed } = answer.batch;
      if (missed !== undefined) pane.gap(missed);
      pane.deliver(data, request);
      pane.last = last;
    }
    pane.countAnswer({ empty: request.news === 0 });
    return answer;
  } finally {
    pane.endRequest(request);
  }
}

// Returns the ETag and the batch, which is null if the client has it already. Returns null if there is no such answer.
async function ask(url, headers, signal) {
  try {
    const response = await fetch(url, { cache: "no-store", headers, signal });
    if (!response.ok && response.status !== 304) return null;
    return { etag: response.headers.get("etag"), batch: response.ok ? await response.json() : null };
  } catch {
    return null;
  }
}

// Ends early when the signal aborts, and when the control, if there is one, changes.
function sleep(milliseconds, signal, control) {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      control?.removeEventListener("change", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, milliseconds));
    signal.addEventListener("abort", done);
    control?.addEventListener("change", done);
  });
}
