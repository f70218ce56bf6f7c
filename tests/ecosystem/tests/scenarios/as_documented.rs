//! What the documentation says about each library, as it is written there.

use std::convert::Infallible;

use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sse_proto::EventBuf;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::client::EventClient;
use sse_proto::client::Policy;
use sse_proto::headers::RESPONSE_HEADERS;
use sse_proto_ecosystem::{BoxError, scenario};
use tokio::net::TcpListener;
use tokio::time;

fn events() -> EventBody<impl futures_util::Stream<Item = EventBuf> + Send> {
    EventBody::new(stream::iter([EventBuf::new("one"), EventBuf::new("two")]))
}

#[test]
fn as_documented() {
    scenario::run("as documented", async |figures| {
        let mut urls = Vec::new();

        // A handler of axum returns the response as it is, or makes axum's type of it.
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        urls.extend(["", "converted"].map(|path| format!("http://{address}/{path}")));
        let handler = || async { events().into_response() };
        let converting = || async { axum::response::IntoResponse::into_response(events().into_response()) };
        let app = axum::Router::new().route("/", get(handler)).route("/converted", get(converting));
        tokio::spawn(async { axum::serve(listener, app).await });

        // A service of hyper returns the response.
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        urls.push(format!("http://{}/", listener.local_addr()?));
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await?;
                let service = hyper::service::service_fn(|_| async { Ok::<_, Infallible>(events().into_response()) });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(connection), service),
                );
            }
            #[allow(unreachable_code)]
            Ok::<_, std::io::Error>(())
        });

        // A handler of actix-web streams the body.
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        urls.push(format!("http://{}/", listener.local_addr()?));
        std::thread::spawn(|| {
            actix_web::rt::System::new().block_on(async {
                let handler = || async {
                    let mut response = actix_web::HttpResponse::Ok();
                    for &header in RESPONSE_HEADERS {
                        response.insert_header(header);
                    }
                    response.streaming(events())
                };
                let app = move || actix_web::App::new().route("/", actix_web::web::get().to(handler));
                actix_web::HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run().await
            })
        });

        for url in urls {
            let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
            let request = Request::get(&url).body(Empty::<Bytes>::new())?;
            let client = EventClient::new(request, move |request| http.request(request), time::sleep);
            figures.events += receive(client.with_policy(Policy::once())).await?;

            let http = sse_proto_ecosystem::client::reqwest(sse_proto_ecosystem::Protocol::Http1);
            let connect = move |request: http::Request<Bytes>| {
                let http = http.clone();
                async move { Ok::<_, reqwest::Error>(http::Response::from(http.execute(request.try_into()?).await?)) }
            };
            let request = Request::get(&url).body(Bytes::new())?;
            let client = EventClient::new(request, connect, time::sleep);
            figures.events += receive(client.with_policy(Policy::once())).await?;
            figures.connections += 2;
        }
        Ok(())
    });
}

async fn receive<E: std::error::Error + Send + Sync + 'static>(
    mut events: impl futures_util::Stream<Item = Result<sse_proto::EventBytes, E>> + Unpin,
) -> Result<u64, BoxError> {
    use futures_util::StreamExt;
    for expected in ["one", "two"] {
        assert_eq!(events.next().await.ok_or("the client has stopped")??.data(), expected);
    }
    assert!(events.next().await.is_none());
    Ok(2)
}
