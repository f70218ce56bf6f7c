//! Short polling, long polling or Server-Sent Events: when to use which.
//!
//! A client wants to know what changes on a server. With HTTP, a server only answers requests. There are three ways:
//!
//! - **Short polling**: the client asks again and again. The server answers at once, often that there is nothing new.
//! - **Long polling**: the client asks, and the server answers only when there is something new, or after a timeout. The client asks
//!   again at once.
//! - **Server-Sent Events (SSE)**: the client asks once. The server answers with a response that does not end, and writes each event to
//!   it. If the connection is lost, the client reconnects and says which event it has seen last.
//!
//! # Short answer
//!
//! | situation | use |
//! |---|---|
//! | the server has something to tell, and it should arrive at once: news, prices, progress, the answer of a language model | SSE |
//! | the same, and the client sends something now and then | SSE, and POST requests next to it |
//! | updates are rare and may be late, or clients are seldom online | short polling with `ETag` |
//! | many clients ask for the same URL, and a cache or CDN is in front of the server | short polling: the cache answers |
//! | the platform bills or limits the time that a request is open, as serverless platforms do | short polling |
//! | updates should arrive at once, but something on the way holds a response back until its end | long polling |
//! | the client's HTTP library returns a response only when it is complete | long polling |
//! | traffic in both directions at a high rate, or binary: games, shared editing, remote control | WebSocket |
//! | the same, and a lost packet must delay nothing else | WebTransport |
//! | a person must be reached who does not have the page or the app open | the push service of the platform, such as Web Push |
//!
//! Serve browsers over HTTP/2: over HTTP/1.1, six open streams of all tabs together block the host. For other clients, with a stream or
//! two each, HTTP/1.1 is as good.
//!
//! In doubt, use SSE. It is plain HTTP: the same authentication, logs, load balancers and tools, and a client that resumes without
//! loss is part of the standard. Keep a URL with the same data for polling if some of your users are behind proxies that you do not
//! control. Firestore does this: it [detects][firestore] where long polling is needed. [`falling_back`](super::falling_back) shows
//! how.
//!
//! | | short polling | long polling | SSE |
//! |---|---|---|---|
//! | an update arrives after | half the interval on average, the interval at most | one way through the network; up to three after another update ([RFC 6202 §2.2]) | one way through the network |
//! | requests while nothing happens | one for each interval | one for each timeout | none |
//! | requests for many updates | one for each interval | one for each update, or for those that arrive together | none |
//! | held for each client that waits | nothing, or an idle connection, which costs about as much | a request | a request |
//! | resumes after a lost connection | the next request says what the client has | the same | `Last-Event-ID`, sent by every standard client |
//! | a shared cache can answer | yes | no | no |
//! | needs from what is between client and server | nothing | waits as long as the server does | passes on each part of a response as it arrives |
//!
//! # Short polling
//!
//! The client says what it has, here as the ID of its last update. It must say so: "what is new since my last request" loses updates
//! when a response is lost.
//!
//! ```text
//! GET /api/news?after=7-1 HTTP/1.1
//! Host: example.com
//!
//! HTTP/1.1 200 OK
//! Content-Type: application/json
//! Content-Length: 11
//!
//! {"data":[]}
//! ```
//!
//! With `ETag` an answer without news is a response without a body ([RFC 9110 §15.4.5]). Browsers add `If-None-Match` if they may
//! store the response; the script then sees status 200 and the stored body:
//!
//! ```text
//! GET /api/news HTTP/1.1
//! Host: example.com
//! If-None-Match: "7-1"
//!
//! HTTP/1.1 304 Not Modified
//! ETag: "7-1"
//! ```
//!
//! If all clients ask for the same URL, as in this exchange, and the response has `Cache-Control: max-age=5`, a shared cache answers all
//! of them and asks the server once in five seconds. A URL with `after=` is a different one for each client that is behind.
//!
//! Reuse the connection. A new one costs a round trip for TCP and one for TLS 1.3 ([RFC 8446 §2]) before the request is sent.
//!
//! # Long polling
//!
//! The request is the same. The server waits for an update, 30 seconds at most: [RFC 6202 §5.5] calls this the safer value and reports
//! success with up to 120. After an answer, the client asks again at once.
//!
//! ```text
//! GET /api/updates?after=7-1 HTTP/1.1
//! Host: example.com
//!
//! HTTP/1.1 200 OK
//! Content-Type: application/json
//! Cache-Control: no-store
//! Content-Length: 34
//!
//! {"data":[{"id":"7-2","text":"b"}]}
//! ```
//!
//! An update that happens between an answer and the next request must not be lost. So here, too, the request says what the client has,
//! and the server keeps a log. When updates are frequent, long polling turns into short polling without an interval: a server that waits
//! a moment for further updates before it answers saves requests and adds delay.
//!
//! With this crate, the answer of a poll can be an event stream that ends: [`falling_back`](super::falling_back#the-server) has a
//! server for both kinds of polling.
//!
//! # Server-Sent Events
//!
//! The body is lines of text. A blank line ends an event. HTTP/1.1 sends the body in chunks and puts the size of each before it, in
//! hexadecimal; HTTP/2 has frames instead. The chunk of two bytes is a comment, sent so that the connection is not idle.
//!
//! ```text
//! GET /api/events HTTP/1.1
//! Host: example.com
//! Accept: text/event-stream
//! Last-Event-ID: 7-1
//!
//! HTTP/1.1 200 OK
//! Content-Type: text/event-stream
//! Cache-Control: no-cache
//! X-Accel-Buffering: no
//! Transfer-Encoding: chunked
//!
//! 11
//! id: 7-2
//! data: b
//!
//!
//! 2
//! :
//!
//! 11
//! id: 7-3
//! data: c
//!
//!
//! ```
//!
//! In a browser, `new EventSource("/api/events")` does all that a client has to do. It reconnects when the stream ends, after a delay
//! that the server can set with `retry`, and sends the ID of the last event as `Last-Event-ID`. It gives up after a status other than
//! 200 or another content type ([HTML §9.2]). Other clients work in the same way; [`clients`](super::clients) shows those of this crate,
//! and [`servers`](super::servers) shows servers.
//!
//! The stream is text in UTF-8. Binary data must be encoded, for example in Base64.
//!
//! # Measured
//!
//! `examples/transports` serves one feed in all three ways, over HTTP/1.1 and HTTP/2, with and without TLS, and counts bytes at the
//! socket. All ways read the same [`History`] with the same cursor. This command takes about 90 seconds, prints a table and writes a
//! report with plots, `transports.html`; with `-- live` it serves a page that shows the three ways in a browser instead:
//!
//! ```sh
//! cargo run --release --manifest-path examples/transports/Cargo.toml
//! ```
//!
//! Client and server are on one machine, so the delays have no network in them: add one way through your network for each message. All
//! times are shorter than usual ones, so that a run takes seconds: a client polls every 250 ms, a long poll is held for 1 s. The sparse
//! feed has an event every 2.5 seconds on average, for 10 s; the steady one 20 a second, for 1.5 s; the bursty one 20 at once, three
//! times in 1.5 s. A cut lasts 200 ms.
//!
#![doc = include_str!("polling_measured.md")]
//!
//! What the figures show:
//!
//! - **Requests.** Short polling sends as many as its interval says, whatever the feed does: with the sparse feed 42 by each client, 38
//!   of them for nothing. Long polling sends one for each event or batch, and one for each timeout: 13. SSE sends one for each
//!   connection.
//! - **Bytes.** With the sparse feed an event costs eight to ten times as much by short polling as by SSE, and three times by long
//!   polling. Most of that is the headers of requests and responses without news. `ETag` saves bodies, not headers, and adds a line to
//!   each request: it pays if an answer without news is large, as a whole state is. With the steady feed, where each poll finds five
//!   events, short polling costs 1.3 times as much as SSE, and long polling twice as much: there, each event is a request. A browser
//!   sends some hundred bytes of headers more with each request than the measured clients.
//! - **Delay.** Short polling adds half of its interval on average, and the whole interval at most. The other two deliver at once. An event
//!   that happens while a long poll is on its way waits for the next one. On loopback that takes a millisecond; on your network it
//!   takes a round trip. If events come in bursts, one answer holds many of them, and long polling is as quick as SSE.
//! - **Processor time** follows the number of requests: with the sparse feed an event costs ten to twenty times as much by short
//!   polling as by the others. There, the keep-alives of the event streams cost what the timeouts of the long polls do. With the
//!   bursty feed, where many events share an answer, long polling costs what SSE does. These figures differ by up to a half from run
//!   to run.
//! - **Memory.** A held long poll, an event stream and an idle connection cost about the same: it is the connection that costs, not what it
//!   waits for.
//! - **Where polling is cheaper.** In no measured case does short polling cost fewer bytes than SSE, and in none with 100 clients less
//!   processor time. But it holds nothing from one poll to the next if it closes the connection, at the price of a handshake for
//!   each poll. And a shared cache can answer it.
//! - **HTTP/2** makes repeated headers small, which saves long polling a third of its bytes if updates are frequent, short polling less,
//!   and SSE almost nothing. In the rows with 100 clients these share one connection, as the tabs of a browser or the users of a
//!   proxy do: then a client costs a tenth of the memory, and the server writes an event to many streams at once. A client that has its
//!   connection for itself costs twice the memory of HTTP/1.1, and unless it sends many requests, the handshake costs more bytes
//!   than HPACK saves.
//! - **TLS** costs most where connections are new: with one for each poll, twice the processor time and twice the bytes. Over
//!   HTTP/1.1, on connections that stay open, it adds 20 to 30 % to the bytes of this short run, of which a part is the handshake.
//! - **Lost connections.** No way loses or doubles an update, because every request says what the client has. This is a property of the
//!   cursor, not of SSE. An update that happens during the cut arrives when the client is back: `EventSource` waits a few seconds
//!   unless `retry` says otherwise, the measured clients wait less. If packets vanish and no side closes, only a timeout of the client
//!   notices.
//! - **A large download** on the same HTTP/2 connection delays events by what is buffered before them, here by 90 milliseconds. The
//!   `priority` header changes nothing with this server. On a connection of their own, events are almost not delayed.
//!
//! # Six connections, HTTP/2 and TLS
//!
//! **HTTP/1.1 in a browser: six connections for each host**, all tabs together. Each event stream and each held long poll takes one. With
//! six streams open, the seventh waits, and so does every other request to that host. The bugs for it in [Chromium][chromium-six] and
//! [Firefox][firefox-six] are closed as "won't fix" ([MDN][mdn-eventsource]). Other programs have the limits of their HTTP library, or none.
//!
//! Ways out, the best first: HTTP/2; one stream for all tabs, in a `SharedWorker`; a host name of its own for each stream
//! ([HTML §9.2.7]).
//!
//! **HTTP/2: one connection for each host**, and a stream in it for each request.
//!
//! - The server limits the streams of a connection with `SETTINGS_MAX_CONCURRENT_STREAMS`. At least 100 are recommended
//!   ([RFC 9113 §6.5.2]); [nginx][nginx-streams] allows 128 by default, hyper 200. The limit counts for all tabs, too.
//! - HPACK ([RFC 7541]) sends a header that was sent before as an index. Long polling gains most bytes from it.
//! - Browsers speak HTTP/2 only over TLS ([HTTP/2 FAQ][h2-tls]). Between a proxy and your server TLS is not needed, and HTTP/1.1 does no
//!   harm there: what counts is the connection of the browser.
//! - All streams share one TCP connection. A lost packet delays all of them until it is sent again, and a lost connection ends all of
//!   them at once. HTTP/3 runs over QUIC, where a lost packet delays only the streams that it has data of ([RFC 9114 §1.1]).
//! - Flow control applies to each stream and to the connection ([RFC 9113 §5.2]). A client that stops reading one stream can block the
//!   others, if its HTTP library does not keep them apart.
//!
//! **WebSocket** begins as an HTTP/1.1 request with `Upgrade` ([RFC 6455 §1.2]) and keeps the connection for itself.
//! [Chromium][chromium-pool] counts it apart from the six. [RFC 8441] puts it into a stream of HTTP/2; Chrome and Firefox do so if the
//! server sends `SETTINGS_ENABLE_CONNECT_PROTOCOL`.
//!
//! **TLS** also helps against proxies on the way: one that cannot read a response does not buffer or change it.
//!
//! # Stream priority and server push
//!
//! Both are features of HTTP/2 that are often named as reasons for or against SSE. Neither is one.
//!
//! **Priority.** HTTP/2 had a tree of streams with weights. [RFC 9113 §5.3] calls it not successful and deprecates its signals.
//! [RFC 9218] replaces it: the header `priority` has an urgency `u` from 0 to 7 and a flag `i`, for responses that are useful in parts;
//! a `PRIORITY_UPDATE` frame changes it later. Priority says whose bytes are sent first when several responses have bytes to send. An
//! event stream mostly has none, so that its priority matters little. If it competes with large downloads on the same connection, it
//! would help, if the server heeds it. hyper does not: see the measurement. Put large downloads on another host name. Chromium 156
//! sends `priority: u=1, i` with `EventSource` and with `fetch`. Only `fetch` has an option to change it.
//!
//! **Server push** sent responses to requests that the client had not made yet, such as the style sheet of a page. The request that it
//! answers must be safe and cacheable ([RFC 9113 §8.4]), and browsers put the response into a cache and tell no script. So it never was
//! a way to send events. It is gone: Chrome disabled it in [version 106][chrome-push], Firefox in [version 132][firefox-push], and a client
//! refuses it with `SETTINGS_ENABLE_PUSH = 0`, as Chromium 156 and all measured clients do. `103 Early Hints` ([RFC 8297]) takes its
//! place for pages.
//!
//! # Proxies, buffering and idle connections
//!
//! **Buffering.** A proxy that collects a response before it passes it on makes SSE useless: events arrive late, many at once, or never.
//! Short and long polling do not notice, because their responses end.
//!
//! - nginx buffers by default. The response header `X-Accel-Buffering: no` turns it off for this response
//!   ([`proxy_buffering`][nginx-buffering]); [`EventBody`] sends it. Before version 1.29.7 nginx speaks HTTP/1.0 to your server; set
//!   `proxy_http_version 1.1`.
//! - Compression holds events back until its block is full. Flush it after each event, or exclude `text/event-stream`, as the
//!   [middleware of Express][express] explains. Some compressors heed `Cache-Control: no-transform`.
//! - Software for protection, on the machine or in a company's proxy, may scan a response as a whole before it passes it on. This has been
//!   reported for [Sophos][sophos], and for [Kaspersky][kaspersky], which held back the first event until the second arrived. TLS does not
//!   help where such software decrypts TLS. Offer polling, and let the client [fall back](super::falling_back) to it.
//! - A client or proxy of HTTP/1.0 has no chunks ([RFC 9112 §6.1]). The stream then ends with the connection, and cannot be told from one
//!   that was cut. A client that resumes loses nothing.
//!
//! **Idle connections** are closed, often silently. So send something more often than the smallest limit on the way:
//! an event stream has comments for it, every 15 seconds or so ([HTML §9.2.7]). A long poll must be answered within the limit.
//!
//! | what is on the way | limit by default |
//! |---|---|
//! | nginx, [`proxy_read_timeout`][nginx-timeout] | 60 s without data from the server |
//! | [AWS Application Load Balancer][alb] | 60 s without data |
//! | [AWS Network Load Balancer][nlb] | 350 s without data |
//! | [Azure Load Balancer][azure] | 4 min without data; then it drops the flow silently |
//! | [Heroku][heroku] | 30 s to the first byte, then 55 s without data |
//! | [Cloudflare][cloudflare] | 120 s without data from the server |
//! | NAT and firewalls | at least 2 h 4 min ([RFC 5382 §5], REQ-5); commonly minutes |
//!
//! Keep-alives of TCP keep NAT from forgetting a connection. They do not reset the limits of HTTP proxies, which count data only
//! ([AWS][aws-keepalive]). A client needs a timeout of its own, to notice a connection that is dead without a reset. `EventSource` has
//! none; [`Policy::idle_timeout`] is that of this crate's client.
//!
//! # Clients
//!
//! **Browsers.** All have `EventSource`: Chrome since version 6, Firefox 6, Safari 5, Edge 79; Internet Explorer never had it
//! ([compatibility data][bcd]). It sends GET, without a body and without headers of your own ([HTML §9.2]). For POST or `Authorization`,
//! read the body of a `fetch` response, and reconnect yourself or with a library.
//!
//! **Authentication.** Cookies work for all three, also to another origin with `withCredentials` and CORS. A token in a URL ends up in
//! logs and histories; [RFC 6750 §5.3] advises against it. If there is no other way, exchange the token for a ticket that is valid once,
//! for seconds. A poll is authorized each time. An event stream is authorized once, so end it when the session ends. A WebSocket is not
//! subject to CORS: the server must check `Origin` ([RFC 6455 §10.2]).
//!
//! **Mobile devices.** A radio that has sent something stays awake for seconds, then returns to standby in steps
//! ([Android][android]). Each poll starts this anew, and so does each keep-alive. Close the stream while nobody looks, or poll seldom;
//! leave the rest to the push service of the platform.
//!
//! **Pages in the background.** Chrome runs the timers of a page that has been hidden for five minutes [once a minute][chrome-timers], so
//! that short polling slows down. Events of an open stream still arrive, until the browser freezes the page.
//!
//! # Servers
//!
//! - Long polling and SSE hold a request for each client. With a thread for each request, as in older servers, thousands of clients are
//!   thousands of threads. With an asynchronous server a client that waits costs a socket and some memory.
//! - Each connection is a file descriptor, at your server and at each proxy before it. Raise the limit (`ulimit -n`) before you need it.
//! - A restart ends all streams at once, and all clients come back at once. Spread them: clients add a random part to their delay, as
//!   [`Policy`] does, and servers end streams one after the other.
//! - Load balancers spread requests. A stream stays where it began, so a new server gets no load until clients reconnect. End streams
//!   after some minutes or hours if that matters. Clients resume, so nothing is lost.
//! - Serverless platforms end a function after a maximum duration, and many bill for the time that it waits ([Vercel][vercel]). Poll, or
//!   leave the open connections to another service.
//!
//! [`many_machines`](super::many_machines) says how several servers share a log.
//!
//! # When to use WebSocket
//!
//! Use it when both sides send often, or binary data. For the rest it costs more than it gives:
//!
//! - It is another protocol after the upgrade. HTTP status codes, caches and access logs do not apply to its messages.
//! - Reconnecting, resuming and detecting a dead connection are yours to write, or a library's.
//! - The browser's `WebSocket` has no backpressure: messages that arrive faster than the page handles them fill its memory
//!   ([MDN][mdn-websocket]). The body of a `fetch` response has it.
//! - Proxies must be configured to pass on `Upgrade`, and some companies' do not.
//!
//! SSE with POST covers chat, dashboards, notifications and language models: the client sends a request when it has something to say, and
//! everything that the server says is one stream. Over HTTP/2 both share a connection.
//!
//! WebTransport has streams and datagrams over HTTP/3, so that a lost packet does not delay other streams. Chrome has it since version 97,
//! Firefox 114, Safari 26.4 ([compatibility data][bcd-webtransport]).
//!
//! # What goes wrong
//!
//! | | usual mistakes |
//! |---|---|
//! | short polling | no cursor, so that a lost response loses updates; all clients at the same second; no `ETag`; a new connection for each request; an interval that was right for a hundred users |
//! | long polling | a held time above a limit on the way; updates lost between two requests; several at once from one client; a cached response; no delay after an error, so that the client spins |
//! | SSE | a proxy or a compressor that buffers; no keep-alive; no IDs, so that nothing can be resumed; six connections over HTTP/1.1; an error response after which `EventSource` gives up, although it was temporary |
//! | WebSocket | no resumption after a lost connection; no check of `Origin`; no limit for a client that does not read; an idle connection that a proxy closes |
//!
//! [HTML §9.2]: https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
//! [HTML §9.2.7]: https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
//! [RFC 5382 §5]: https://www.rfc-editor.org/rfc/rfc5382#section-5
//! [RFC 6202 §2.2]: https://www.rfc-editor.org/rfc/rfc6202#section-2.2
//! [RFC 6202 §5.5]: https://www.rfc-editor.org/rfc/rfc6202#section-5.5
//! [RFC 6455 §1.2]: https://www.rfc-editor.org/rfc/rfc6455#section-1.2
//! [RFC 6455 §10.2]: https://www.rfc-editor.org/rfc/rfc6455#section-10.2
//! [RFC 6750 §5.3]: https://www.rfc-editor.org/rfc/rfc6750#section-5.3
//! [RFC 7541]: https://www.rfc-editor.org/rfc/rfc7541
//! [RFC 8297]: https://www.rfc-editor.org/rfc/rfc8297
//! [RFC 8441]: https://www.rfc-editor.org/rfc/rfc8441
//! [RFC 8446 §2]: https://www.rfc-editor.org/rfc/rfc8446#section-2
//! [RFC 9110 §15.4.5]: https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
//! [RFC 9112 §6.1]: https://www.rfc-editor.org/rfc/rfc9112#section-6.1
//! [RFC 9113 §5.2]: https://www.rfc-editor.org/rfc/rfc9113#section-5.2
//! [RFC 9113 §5.3]: https://www.rfc-editor.org/rfc/rfc9113#section-5.3
//! [RFC 9113 §6.5.2]: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
//! [RFC 9113 §8.4]: https://www.rfc-editor.org/rfc/rfc9113#section-8.4
//! [RFC 9114 §1.1]: https://www.rfc-editor.org/rfc/rfc9114#section-1.1
//! [RFC 9218]: https://www.rfc-editor.org/rfc/rfc9218
//! [alb]: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
//! [android]: https://developer.android.com/develop/connectivity/network-ops/network-access-optimization
//! [aws-keepalive]: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/config-idle-timeout.html
//! [azure]: https://learn.microsoft.com/en-us/azure/load-balancer/load-balancer-tcp-reset
//! [bcd]: https://developer.mozilla.org/en-US/docs/Web/API/EventSource#browser_compatibility
//! [bcd-webtransport]: https://developer.mozilla.org/en-US/docs/Web/API/WebTransport#browser_compatibility
//! [chrome-push]: https://developer.chrome.com/blog/removing-push
//! [chrome-timers]: https://developer.chrome.com/blog/timer-throttling-in-chrome-88
//! [chromium-pool]: https://chromium.googlesource.com/chromium/src/+/HEAD/net/socket/client_socket_pool_manager.cc
//! [chromium-six]: https://crbug.com/275955
//! [cloudflare]: https://developers.cloudflare.com/fundamentals/reference/connection-limits/
//! [express]: https://github.com/expressjs/compression#server-sent-events
//! [firefox-push]: https://developer.mozilla.org/en-US/docs/Mozilla/Firefox/Releases/132#http
//! [firefox-six]: https://bugzilla.mozilla.org/show_bug.cgi?id=906896
//! [firestore]: https://firebase.google.com/docs/reference/js/firestore_.firestoresettings
//! [h2-tls]: https://http2.github.io/faq/#does-http2-require-encryption
//! [heroku]: https://devcenter.heroku.com/articles/request-timeout#long-polling-and-streaming-responses
//! [kaspersky]: https://github.com/featurehub-io/featurehub/issues/296
//! [mdn-eventsource]: https://developer.mozilla.org/en-US/docs/Web/API/EventSource
//! [mdn-websocket]: https://developer.mozilla.org/en-US/docs/Web/API/WebSockets_API
//! [nginx-buffering]: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
//! [nginx-streams]: https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2_max_concurrent_streams
//! [nginx-timeout]: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout
//! [nlb]: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html
//! [sophos]: https://github.com/Fyrd/caniuse/pull/2148
//! [vercel]: https://vercel.com/docs/functions/configuring-functions/duration
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
