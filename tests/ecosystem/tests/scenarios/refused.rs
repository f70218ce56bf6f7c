//! A response with the status 401 stops the client, which then has its message. The application may override that, and connects with
//! a fresh token.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::FutureExt;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use http_body_util::BodyExt;
use sse_proto::adapters::client::{ClientError, EventClient, Update};
use sse_proto::client::Cause;
use sse_proto::{EventBytes, ItemBuf};
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client, Connecting};
use sse_proto_ecosystem::follow::{Following, client, policy};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Request, Server};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::{BoxError, Protocol};
use tokio::time;

const MESSAGE: &str = r#"{"error": "the token has expired"}"#;

fn answer(request: &Request, site: &Site) -> http::Response<Served> {
    if request.headers().get(AUTHORIZATION).is_some_and(|token| token == "Bearer fresh") {
        return site.answer(request);
    }
    let response =
        http::Response::builder().status(StatusCode::UNAUTHORIZED).header("content-type", "application/json");
    response.body(Served::full(MESSAGE)).expect("a valid response")
}

#[test]
fn refused() {
    scenario::run("401", async |figures| {
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                for of_client in client::Library::ALL {
                    let site = Site::new();
                    let server = {
                        let site = site.clone();
                        Server::start(library, protocol, move |request| answer(&request, &site))?
                    };
                    let (http, url) = (Client::new(of_client, protocol), server.url());
                    stops(client(&http, &url, policy())?).await?;
                    let (by_connecting, by_retrying) = tokio::try_join!(
                        refreshed_by_connecting(&http, &url),
                        refreshed_by_retrying(&http, &url),
                        async {
                            site.wait_for_subscribers(2).await;
                            site.send(1, "")
                        }
                    )
                    .map(|(first, second, ())| (first, second))?;
                    assert_eq!((by_connecting.data(), by_retrying.data()), ("1 ", "1 "));
                    figures.events += 2;
                    figures.connections += 5;
                    figures.bytes += server.counts().bytes();
                }
            }
        }
        Ok(())
    });
}

/// By default.
async fn stops(mut client: Following) -> Result<(), BoxError> {
    match client.next_event().await {
        Some(Err(ClientError::Closed { cause: Cause::Status(401), source: None, .. })) => {}
        other => return Err(format!("not stopped by the status: {other:?}").into()),
    }
    let body = client.take_body().ok_or("the response has no body")?;
    assert_eq!(body.collect().await?.to_bytes(), MESSAGE);
    assert!(client.next_event().await.is_none());
    assert_eq!(client.cause(), Some(Cause::Status(401)));
    Ok(())
}

/// The connecting function sends the request again, so the client does not see the refusal.
async fn refreshed_by_connecting(http: &Client, url: &str) -> Result<EventBytes, BoxError> {
    let http = http.clone();
    let connect: Connecting = Box::new(move |request: http::Request<Bytes>| {
        let http = http.clone();
        async move {
            let response = http.send(with_token(request.clone(), "stale")).await?;
            if response.status() != StatusCode::UNAUTHORIZED {
                return Ok(response);
            }
            http.send(with_token(request, "fresh")).await
        }
        .boxed()
    });
    let request = http::Request::get(url).body(Bytes::new())?;
    let mut client = EventClient::new(request, connect, time::sleep).with_policy(policy());
    Ok(client.next_event().await.ok_or("the client has stopped")??)
}

/// The application sees the refusal, reads its message, gets a fresh token, and tells the client to try again.
async fn refreshed_by_retrying(http: &Client, url: &str) -> Result<EventBytes, BoxError> {
    let token = Arc::new(Mutex::new("stale"));
    let connect: Connecting = {
        let (http, token) = (http.clone(), Arc::clone(&token));
        Box::new(move |request| http.send(with_token(request, *token.lock().expect("no thread panics"))))
    };
    let request = http::Request::get(url).body(Bytes::new())?;
    let mut client = EventClient::new(request, connect, time::sleep).with_policy(policy());
    let mut refusals = 0;
    loop {
        match client.next_update().await.ok_or("the client has stopped")?? {
            Update::Refused { cause: Cause::Status(401), .. } => {
                let message = client.take_body().ok_or("the response has no body")?.collect().await?.to_bytes();
                assert_eq!(message, MESSAGE);
                *token.lock().expect("no thread panics") = "fresh";
                client.retry();
                refusals += 1;
            }
            Update::Item(ItemBuf::Event(event)) => {
                assert_eq!(refusals, 1);
                return Ok(event);
            }
            _ => {}
        }
    }
}

fn with_token(mut request: http::Request<Bytes>, token: &str) -> http::Request<Bytes> {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a valid header");
    request.headers_mut().insert(AUTHORIZATION, value);
    request
}
