//! Streams that begin with a POST: of a language model, which is not repeated; and of MCP, which is resumed with GET.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::Method;
use sse_proto::EventBuf;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::client::{ClientError, EventClient};
use sse_proto::client::Cause;
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::follow::{follow, policy};
use sse_proto_ecosystem::proxy::{Cut, Proxy, Style};
use sse_proto_ecosystem::ready::Ready;
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server, url};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::{BoxError, Protocol};
use tokio::time;

const PROMPT: &str = r#"{"stream": true, "prompt": "Hello"}"#;
const TOKENS: usize = 100;
const EVENTS: u64 = 400;

fn token(number: usize) -> String {
    format!(r#"{{"token": "{number:0200}"}}"#)
}

/// The end of such a stream is an event: without it, the answer is not complete.
#[test]
fn language_model() {
    scenario::run("POST that is not repeated", async |figures| {
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                let requests = Arc::new(AtomicU64::new(0));
                let server = {
                    let requests = Arc::clone(&requests);
                    Server::start(library, protocol, move |request| {
                        assert_eq!((request.method(), &request.body()[..]), (&Method::POST, PROMPT.as_bytes()));
                        requests.fetch_add(1, Ordering::Relaxed);
                        let tokens = (0..TOKENS).map(|number| EventBuf::new(token(number)));
                        let events = stream::iter(tokens.chain([EventBuf::new("[DONE]")])).then(|event| async {
                            tokio::task::yield_now().await;
                            event
                        });
                        EventBody::new(events).into_response().map(Served::new)
                    })?
                };
                for of_client in client::Library::ALL {
                    let http = Client::new(of_client, protocol);
                    requests.store(0, Ordering::Relaxed);
                    let (tokens, done, closed) = complete(&http, &server.url()).await?;
                    assert_eq!((tokens, done, closed), (TOKENS, true, None), "{library:?}, {protocol:?}");
                    assert_eq!(requests.load(Ordering::Relaxed), 1);
                    figures.events += tokens as u64 + 1;

                    // Cut in the middle.
                    let cut = Cut::AfterBytes(|_| 10_000);
                    let proxy = Proxy::start(server.address(), cut, Style::Close).await?;
                    let http = Client::new(of_client, protocol);
                    let url = url(protocol, proxy.address());
                    requests.store(0, Ordering::Relaxed);
                    let (tokens, done, closed) = complete(&http, &url).await?;
                    assert!(tokens < TOKENS && !done, "{library:?}, {protocol:?}: {tokens} tokens");
                    assert_eq!(closed, Some(Cause::Failed), "{library:?}, {protocol:?}, {of_client:?}");
                    assert_eq!((requests.load(Ordering::Relaxed), proxy.cuts()), (1, 1));
                    figures.events += tokens as u64;
                    figures.connections += 2;
                }
                figures.bytes += server.counts().bytes();
            }
        }
        figures.note = "half of them cut, and not repeated".to_owned();
        Ok(())
    });
}

/// How many tokens arrived, whether the end did, and with which error the client has stopped.
async fn complete(http: &Client, url: &str) -> Result<(usize, bool, Option<Cause>), BoxError> {
    let request = http::Request::post(url).header("content-type", "application/json").body(Bytes::from(PROMPT))?;
    let mut client = EventClient::new(request, http.connecting(), time::sleep).with_policy(policy());
    let (mut tokens, mut done) = (0, false);
    while let Some(event) = client.next_event().await {
        match event {
            Ok(event) if event.data() == "[DONE]" => done = true,
            Ok(event) => {
                assert_eq!(event.data(), token(tokens));
                tokens += 1;
            }
            Err(ClientError::Closed { cause, .. }) => return Ok((tokens, done, Some(cause))),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((tokens, done, None))
}

#[test]
fn resumed_with_get() {
    scenario::run("POST that is resumed with GET", async |figures| {
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                for of_client in client::Library::ALL {
                    let (site, methods) = (Site::new(), Arc::new(Mutex::new(Vec::new())));
                    let server = {
                        let (site, methods) = (site.clone(), Arc::clone(&methods));
                        Server::start(library, protocol, move |request| {
                            let body = if request.method() == Method::POST { PROMPT } else { "" };
                            assert_eq!(request.body(), body);
                            assert_eq!(request.headers()["mcp-session-id"], "7");
                            methods.lock().expect("no thread panics").push(request.method().clone());
                            site.answer(&request)
                        })?
                    };
                    // Only whole records of TLS can be decrypted: up to 16 KiB.
                    let plain: fn(u64) -> u64 = |number| 3000 + number * 31;
                    let cut = Cut::AfterBytes(if protocol.is_tls() { |number| 20_000 + number * 31 } else { plain });
                    let proxy = Proxy::start(server.address(), cut, Style::Alternate).await?;
                    let url = url(protocol, proxy.address());
                    let post = http::Request::post(&url).header("mcp-session-id", "7").body(Bytes::from(PROMPT))?;
                    let get = http::Request::get(&url).header("mcp-session-id", "7").body(Bytes::new())?;
                    let http = Client::new(of_client, protocol);
                    let sleep = time::sleep as fn(Duration) -> time::Sleep;
                    let client = EventClient::new(post, http.connecting(), sleep).with_policy(policy());
                    let (client, ready) = (client.with_resume_request(get), Ready::new());
                    let following = {
                        let ready = ready.clone();
                        tokio::spawn(async move { follow(client, &ready).await })
                    };
                    ready.wait_for(1).await;
                    let padding = "x".repeat(if protocol.is_tls() { 150 } else { 10 });
                    for number in 1..=EVENTS {
                        site.send(number, &padding)?;
                    }
                    site.publish_end()?;
                    following.await??.count(1..=EVENTS, figures);
                    figures.bytes += proxy.bytes();
                    let methods = methods.lock().expect("no thread panics");
                    assert_eq!(methods[0], Method::POST);
                    assert!(methods.len() > 2 && methods[1..].iter().all(Method::is_safe), "{methods:?}");
                }
            }
        }
        Ok(())
    });
}
