// The three ways to receive news. Each one runs until its signal aborts, and reports to its pane.

const after = (path, id) => `${path}?after=${encodeURIComponent(id)}`;

export const short = {
  name: "short",
  title: "Short polling",
  how: "Asks again and again. The server answers at once, mostly with nothing.",
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
      etag = (await poll(pane, this.path, signal, headers)) ?? etag;
      next = Math.max(next + Number(interval.value), performance.now());
      const seconds = Number(interval.value) / 1000;
      if (pane.failed) pane.setState("failed", `No answer. Next try in ${seconds} s.`);
      else pane.setState("good", `Asks every ${seconds} s`);
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
      await poll(pane, this.path, signal, {});
      if (pane.failed) {
        pane.setState("failed", "No answer. Next try in 1 s.");
        await sleep(1000, signal);
      } else {
        pane.setState("good", "One request is always open");
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
    return new Promise((resolve) => {
      const source = new EventSource(after(this.path, pane.last));
      let request = pane.beginRequest();
      source.onopen = () => {
        pane.countAnswer({ empty: false });
        pane.countBytes(0, HEADER_ESTIMATE);
        pane.setState("good", "Open");
      };
      source.onmessage = ({ lastEventId, data }) => {
        const bytes = byteLength(`id: ${lastEventId}\ndata: ${data}\n\n`);
        pane.countBytes(bytes, bytes);
        pane.deliver([{ id: lastEventId, news: JSON.parse(data) }], request);
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

const encoder = new TextEncoder();
const byteLength = (text) => encoder.encode(text).length;

// One request, and what it brings. Returns the ETag of the answer.
async function poll(pane, path, signal, headers) {
  const request = pane.beginRequest();
  try {
    const response = await fetch(after(path, pane.last), { cache: "no-store", headers, signal });
    pane.failed = !response.ok && response.status !== 304;
    if (response.ok) {
      const { data, last, missed } = await response.json();
      if (missed !== undefined) pane.gap(missed);
      pane.deliver(data, request);
      pane.last = last;
    }
    if (!pane.failed) pane.countAnswer({ empty: request.news === 0 });
    return response.headers.get("etag");
  } catch {
    pane.failed = !signal.aborted;
    return null;
  } finally {
    pane.endRequest(request);
  }
}

// Ends early when the signal aborts, and when the control, if there is one, changes.
function sleep(milliseconds, signal, control) {
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
