//! An event of 20 MiB: received if the limit is raised; with the default limit an error, and the next event follows.

use std::fmt::Write;

use futures_util::stream;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::client::ClientError;
use sse_proto::client::EventSource;
use sse_proto::{BytesDecoder, EventBuf, Limits};
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::follow::{Following, client, policy};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server};
use sse_proto_ecosystem::{BoxError, Protocol};

const LEN: usize = 20 << 20;

fn answer() -> http::Response<Served> {
    let events = [EventBuf::new("before"), EventBuf::new(big()), EventBuf::new("after")];
    EventBody::new(stream::iter(events)).into_response().map(Served::new)
}

/// Lines of text that differ.
fn big() -> String {
    let mut data = String::with_capacity(LEN);
    let mut number = 0_u64;
    while data.len() < LEN - 1100 {
        writeln!(data, "{number:0999}").expect("a string takes everything");
        number += 1;
    }
    data.extend(std::iter::repeat_n('x', LEN - data.len()));
    data
}

#[test]
fn big_event() {
    scenario::run("an event of 20 MiB", async |figures| {
        let expected = big();
        assert_eq!(expected.len(), LEN);
        let mut errors = 0;
        for (library, protocol, of_client) in [
            (server::Library::Axum, Protocol::Http1, client::Library::Reqwest),
            (server::Library::Hyper, Protocol::Http2Tls, client::Library::Reqwest),
            (server::Library::Actix, Protocol::Http2, client::Library::Hyper),
        ] {
            let server = Server::start(library, protocol, |_| answer())?;
            let http = Client::new(of_client, protocol);

            let limits = Limits::default().with_max_event_bytes(LEN + 64);
            let source = EventSource::with_decoder(BytesDecoder::with_limits(limits), policy(), 0);
            let mut events = client(&http, &server.url(), policy())?.with_source(source);
            assert_eq!(next(&mut events).await?.as_deref(), Some("before"));
            assert!(next(&mut events).await?.as_deref() == Some(expected.as_str()), "{library:?}, {protocol:?}");
            assert_eq!(next(&mut events).await?.as_deref(), Some("after"));
            assert_eq!(events.source().reconnect().connections(), 1);
            figures.events += 3;

            let mut events = client(&http, &server.url(), policy())?;
            assert_eq!(next(&mut events).await?.as_deref(), Some("before"));
            assert_eq!(next(&mut events).await?, None);
            assert_eq!(next(&mut events).await?.as_deref(), Some("after"));
            assert_eq!(events.source().reconnect().connections(), 1);
            figures.events += 2;
            figures.connections += 2;
            errors += 1;
            figures.bytes += server.counts().bytes();
        }
        figures.note = format!("{errors} errors of the default limit");
        Ok(())
    });
}

/// The data of the next event; `None` if it exceeded the limit.
async fn next(client: &mut Following) -> Result<Option<String>, BoxError> {
    match client.next_event().await.ok_or("the client was asked to stop")? {
        Ok(event) => Ok(Some(event.data().to_owned())),
        Err(ClientError::Decode(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
