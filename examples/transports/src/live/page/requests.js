// Requests for JSON, and what the browser knows about their size.

export async function getJson(path, options) {
  const response = await fetch(path, { cache: "no-store", ...options });
  if (!response.ok) throw new Error(`status ${response.status} for ${path}`);
  return response.json();
}

// Tells each pane the sizes of the answers it got. The browser's list of requests has room for 250, so it is emptied each time.
export function observeSizes(panes) {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.responseStatus === 0) continue; // no answer: the pane was stopped, or the server
      const url = new URL(entry.name);
      const pane = panes.find(({ way }) => way.counted && url.pathname === `/${way.path}` && url.searchParams.has("after"));
      pane?.countBytes(entry.encodedBodySize, entry.transferSize);
    }
    performance.clearResourceTimings();
  });
  observer.observe({ type: "resource", buffered: true });
}
