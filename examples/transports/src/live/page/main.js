// Starts the three panes after the same event, and says which protocol the page was loaded over.

import { Pane } from "./pane.js";
import { long, short, sse } from "./ways.js";
import { Streams } from "./streams.js";
import { getJson, observeSizes } from "./requests.js";

const byId = (id) => document.getElementById(id);

// The protocol as in ALPN: "http/1.1" or "h2".
const protocol = performance.getEntriesByType("navigation")[0]?.nextHopProtocol ?? "";

async function start() {
  const [addresses, { last }] = await Promise.all([getJson("addresses"), getJson("api/news")]);
  showProtocol(addresses);
  document.body.dataset.start = last;
  const panes = [short, long, sse].map((way) => {
    const pane = new Pane(way, last);
    byId("panes").append(pane.section);
    pane.start();
    return pane;
  });
  observeSizes(panes);
  new Streams(protocol === "h2");
}

function showProtocol({ http1, http2 }) {
  const names = { "http/1.1": "HTTP/1.1", h2: "HTTP/2" };
  byId("protocol").textContent = names[protocol] ?? (protocol || "an unknown protocol");
  byId("protocol").dataset.protocol = protocol;
  byId("protocol-note").textContent =
    protocol === "h2"
      ? "One connection carries all requests and streams of this page."
      : "The browser opens at most six connections, and a stream or a held long poll occupies one of them.";
  const other = byId("other");
  other.href = protocol === "h2" ? http1 : http2;
  other.textContent = protocol === "h2" ? "See it over HTTP/1.1" : "See it over HTTP/2 and TLS";
  other.hidden = false;
}

start().catch((error) => {
  byId("problem").textContent = `The server does not answer as expected: ${error.message}. Reload the page to try again.`;
  byId("problem").hidden = false;
});
