//! HTTP/2: many streams on one connection, streams that are reset by either side, and connections that are told to go away.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use h2::server::{Connection, SendResponse};
use h2::{Reason, SendStream};
use sse_proto::headers::MIME_TYPE;
use sse_proto::{Event, EventBuf};
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::follow::{client, client_with, follow, policy};
use sse_proto_ecosystem::followers::Followers;
use sse_proto_ecosystem::proxy::{Cut, Proxy, Style};
use sse_proto_ecosystem::ready::Ready;
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Request, Server, url};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::stream::Ledger;
use sse_proto_ecosystem::{BoxError, Protocol};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const STREAMS: usize = 60;
/// Of these, the client drops one stream.
const LEAVING: usize = 10;
/// Of these, the server resets the first response.
const RESET: usize = 5;
const EVENTS: u64 = 50;

/// A request with the header `x-reset` that does not resume is answered with a stream that fails.
fn answer(request: &Request, site: &Site) -> http::Response<Served> {
    let response = site.answer(request);
    if !request.headers().contains_key("x-reset") || request.headers().contains_key("last-event-id") {
        return response;
    }
    let failure = stream::iter([Err(io::Error::other("reset on purpose"))]);
    response.map(|body| Served::frames(body.take(4).chain(failure)))
}

#[test]
fn streams_on_one_connection() {
    scenario::run("HTTP/2: streams on one connection", async |figures| {
        for library in server::Library::ALL {
            for of_client in client::Library::ALL {
                for protocol in [Protocol::Http2, Protocol::Http2Tls] {
                    let site = Site::new();
                    let server = {
                        let site = site.clone();
                        Server::start(library, protocol, move |request| answer(&request, &site))?
                    };
                    let proxy = Proxy::start(server.address(), Cut::Never, Style::Close).await?;
                    let (http, url) = (Client::new(of_client, protocol), url(protocol, proxy.address()));
                    let (mut staying, mut leaving) = (Followers::default(), Vec::new());
                    for number in 0..STREAMS {
                        let is_reset = (LEAVING..LEAVING + RESET).contains(&number);
                        let request = http::Request::get(&url);
                        let request = if is_reset { request.header("x-reset", "1") } else { request };
                        let client = client_with(&http, request.body(Bytes::new())?, policy());
                        if number < LEAVING {
                            leaving.push(tokio::spawn(async move { follow(client, &Ready::new()).await }));
                        } else {
                            staying.start(client);
                        }
                        if number == 0 {
                            // The others find this connection.
                            site.wait_for_subscribers(1).await;
                        }
                    }
                    staying.wait_until_ready().await;
                    site.wait_for_subscribers(STREAMS).await;
                    site.publish(1..=EVENTS / 2, 1000).await?;

                    for task in leaving {
                        task.abort();
                    }
                    server.counts().wait_until_open(STREAMS - LEAVING).await;
                    site.publish(EVENTS / 2 + 1..=EVENTS, 1000).await?;
                    site.publish_end()?;
                    let mut resets = 0;
                    for followed in staying.join(1..=EVENTS, figures).await? {
                        assert!(followed.causes.keys().all(|cause| cause == "connection failed"), "{followed:?}");
                        resets += followed.causes.values().sum::<u64>();
                    }
                    assert_eq!(resets, RESET as u64, "{library:?}, {of_client:?}, {protocol:?}");
                    assert_eq!(proxy.connections(), 1, "{library:?}, {of_client:?}, {protocol:?}");
                    figures.bytes += proxy.bytes();
                }
            }
        }
        figures.note = format!("{STREAMS} streams on each connection, {LEAVING} left, {RESET} reset by the server");
        Ok(())
    });
}

/// How a server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GoAway {
    /// The stream that is open continues to its end.
    Graceful,
    /// In the middle of an event.
    Abrupt,
}

/// A server sends some events on each connection, and then GOAWAY.
#[test]
fn go_away() {
    scenario::run("HTTP/2: GOAWAY", async |figures| {
        for of_client in client::Library::ALL {
            for go_away in [GoAway::Graceful, GoAway::Abrupt] {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let url = url(Protocol::Http2, listener.local_addr()?);
                let received = watch::Sender::new(0);
                let server = tokio::spawn(serve(listener, go_away, received.subscribe()));
                let mut client = client(&Client::new(of_client, Protocol::Http2), &url, policy())?;
                let mut ledger = Ledger::default();
                while ledger.len() < EVENTS {
                    let event = client.next_event().await.ok_or("the client has stopped")??;
                    let number = event.data().parse()?;
                    ledger.arrive(number);
                    received.send_replace(number);
                    figures.bytes += event.data().len() as u64;
                }
                server.abort();
                let connections = client.source().reconnect().connections();
                assert!(connections >= EVENTS / PER_CONNECTION, "{of_client:?}, {go_away:?}: {connections}");
                ledger.count(1..=EVENTS, figures);
                figures.connections += connections;
            }
        }
        Ok(())
    });
}

/// How many events a server sends on each connection.
const PER_CONNECTION: u64 = 5;

async fn serve(listener: TcpListener, go_away: GoAway, received: watch::Receiver<u64>) -> Result<(), BoxError> {
    loop {
        let (socket, _) = listener.accept().await?;
        let connection = h2::server::handshake(socket).await?;
        // What is broken is for the client to notice.
        let _ = serve_connection(connection, go_away, received.clone()).await;
    }
}

async fn serve_connection(
    mut connection: Connection<TcpStream, Bytes>,
    go_away: GoAway,
    received: watch::Receiver<u64>,
) -> Result<(), BoxError> {
    let (request, respond) = connection.accept().await.ok_or("no request")??;
    let last = request.headers().get("last-event-id").map_or(Ok(0), |id| id.to_str().unwrap_or_default().parse())?;
    let mut body = start(respond)?;
    let middle = last + PER_CONNECTION / 2;
    for number in last + 1..=middle {
        body.send_data(event(number), false)?;
    }
    until_received(&mut connection, received.clone(), middle).await?;
    if go_away == GoAway::Graceful {
        connection.graceful_shutdown();
    }
    for number in middle + 1..=last + PER_CONNECTION {
        body.send_data(event(number), false)?;
    }
    if go_away == GoAway::Abrupt {
        let mut half = event(last + PER_CONNECTION + 1);
        half.truncate(half.len() / 2);
        body.send_data(half, false)?;
    } else {
        body.send_data(Bytes::new(), true)?;
    }
    until_received(&mut connection, received, last + PER_CONNECTION).await?;
    if go_away == GoAway::Abrupt {
        connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
    }
    // Another request would be one that the client was told not to send.
    match connection.accept().await {
        None | Some(Err(_)) => Ok(()),
        Some(Ok(_)) => panic!("a request after GOAWAY"),
    }
}

fn start(mut respond: SendResponse<Bytes>) -> Result<SendStream<Bytes>, BoxError> {
    Ok(respond.send_response(http::Response::builder().header("content-type", MIME_TYPE).body(())?, false)?)
}

fn event(number: u64) -> Bytes {
    let data = number.to_string();
    EventBuf::from(Event::new(&data)).with_id(&data).expect("a valid ID").to_bytes()
}

/// Sends what was given to the connection, until the client has decoded it.
async fn until_received(
    connection: &mut Connection<TcpStream, Bytes>,
    mut received: watch::Receiver<u64>,
    number: u64,
) -> Result<(), BoxError> {
    tokio::select! {
        other = connection.accept() => Err(format!("another request, or the end: {other:?}").into()),
        arrived = received.wait_for(|&received| received >= number) => Ok(arrived.map(|_| ())?),
    }
}
