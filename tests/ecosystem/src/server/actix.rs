//! actix-web 4, on threads of its own.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::server::Handler;
use crate::{Protocol, tls};

pub(super) fn serve(
    listener: TcpListener,
    protocol: Protocol,
    handler: Handler,
    stopped: oneshot::Receiver<()>,
) -> io::Result<BoxFuture<'static, io::Result<()>>> {
    let (ended, end) = oneshot::channel();
    thread::Builder::new().name("actix".to_owned()).spawn(move || {
        let system = actix_web::rt::System::new();
        let _ = ended.send(system.block_on(run(listener, protocol, handler, stopped)));
    })?;
    Ok(Box::pin(async move { end.await.map_err(io::Error::other)? }))
}

/// Runs until it is told to stop, or until the sender is gone.
async fn run(
    listener: TcpListener,
    protocol: Protocol,
    handler: Handler,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let app = move || {
        let handler = Arc::clone(&handler);
        let answer = move |request: HttpRequest, body: Bytes| {
            let response = response(handler(convert(&request, body)));
            async move { response }
        };
        App::new().app_data(PayloadConfig::new(usize::MAX)).default_service(web::to(answer))
    };
    // A connection of HTTP/2 is cut if it does not answer a ping for as long as `keep_alive`, and the answer waits behind what is
    // sent: the default of 5 s may be too short for a long event. It is not told to go away, so a shutdown waits for it.
    let keep_alive = Duration::from_secs(75);
    let server = HttpServer::new(app).workers(1).disable_signals().keep_alive(keep_alive).shutdown_timeout(1);
    // By default a client that has closed its connection is taken for one that has only sent its request, and is noticed when a
    // write fails: with the second keep-alive.
    let server = server.tcp_nodelay(true).h1_allow_half_closed(false);
    let server = if protocol.is_tls() {
        let protocols: &[&str] = if protocol.is_http2() { &["h2"] } else { &["http/1.1"] };
        server.listen_rustls_0_23(listener, tls::server_config(protocols))?
    } else {
        server.listen_auto_h2c(listener)?
    };
    let server = server.run();
    let handle = server.handle();
    let server = actix_web::rt::spawn(server);
    let graceful = stopped.await.is_ok();
    handle.stop(graceful).await;
    server.await.map_err(io::Error::other)?
}

/// actix-web has the types of http 0.2.
fn convert(request: &HttpRequest, body: Bytes) -> http::Request<Bytes> {
    let mut converted = http::Request::builder().method(request.method().as_str()).uri(request.uri().to_string());
    for (name, value) in request.headers() {
        converted = converted.header(name.as_str(), value.as_bytes());
    }
    converted.body(body).expect("a valid request stays valid")
}

fn response(response: http::Response<crate::body::Served>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = actix_web::http::StatusCode::from_u16(parts.status.as_u16()).expect("a valid status stays valid");
    let mut builder = HttpResponse::build(status);
    for (name, value) in &parts.headers {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    builder.streaming(body)
}
