//! The HTTP client.

use core::future::Future;

use http::{Request, Response};
use http_body::Body;

/// A function that sends a request: how an [`EventClient`](super::EventClient) uses any HTTP client. Implemented for every closure
/// and function with the signature `FnMut(http::Request<Q>) -> impl Future<Output = Result<http::Response<B>, E>>`.
///
/// `Q` is the body of the request. The future completes when the head of the response has arrived. It may do more than send the
/// request: refresh credentials, follow redirects, or decompress the body. A response with any status is an `Ok`.
///
/// The parameter of a closure needs a type where the compiler cannot infer it, as in `|request: http::Request<_>|`.
///
/// ```
/// use std::convert::Infallible;
///
/// use http::{Request, Response};
/// use http_body_util::{Empty, Full};
/// use sse_proto::adapters::client::Connect;
///
/// fn takes_a_client(_: impl Connect<Empty<&'static [u8]>>) {}
///
/// takes_a_client(|request: Request<_>| async move {
///     assert!(request.headers().contains_key("accept"));
///     Ok::<_, Infallible>(Response::new(Full::new(&b"data: hello\n\n"[..])))
/// });
/// ```
///
/// To store a client in a struct, box the function and its future, or implement the trait for a type of your own. `Timer` is the
/// type of `tokio::time::sleep`:
///
/// ```
/// use std::io::Error;
/// use std::pin::Pin;
/// use std::time::Duration;
///
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::{Empty, Full};
/// use sse_proto::adapters::client::EventClient;
///
/// // `Full` stands for the body of the HTTP client, such as `hyper::body::Incoming` or `reqwest::Body`.
/// type Connecting = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Error>> + Send>>;
/// type Connector = Box<dyn FnMut(Request<Empty<Bytes>>) -> Connecting + Send>;
/// type Timer = fn(Duration) -> tokio::time::Sleep;
///
/// struct Feed {
///     client: EventClient<Empty<Bytes>, Connector, Timer>,
/// }
///
/// let connect: Connector = Box::new(|_| Box::pin(async { Ok(Response::new(Full::from("data: hello\n\n"))) }));
/// let request = Request::get("/events").body(Empty::new())?;
/// let feed = Feed { client: EventClient::new(request, connect, tokio::time::sleep) };
/// assert_eq!(feed.client.cause(), None);
/// # Ok::<(), http::Error>(())
/// ```
///
/// To return a client from a function without boxes, name what is needed of the connecting function:
///
/// ```
/// # use std::io::Error;
/// # use std::time::Duration;
/// # use bytes::Bytes;
/// # use http::{Request, Response};
/// # use http_body_util::{Empty, Full};
/// use sse_proto::adapters::client::{Connect, EventClient};
///
/// # type Timer = fn(Duration) -> tokio::time::Sleep;
/// struct Api {
///     token: String,
/// }
///
/// impl Api {
///     // `use<>`: the client does not borrow from `self`.
///     fn events(
///         &self,
///     ) -> EventClient<
///         Empty<Bytes>,
///         impl Connect<Empty<Bytes>, Body = Full<Bytes>, Error = Error, Future: Send> + Send + use<>,
///         Timer,
///     > {
///         let token = self.token.clone();
///         let connect = move |mut request: Request<Empty<Bytes>>| {
///             request.headers_mut().insert("authorization", token.parse().expect("a header value"));
///             async { Ok(Response::new(Full::from("data: hello\n\n"))) }
///         };
///         EventClient::new(Request::new(Empty::new()), connect, tokio::time::sleep as Timer)
///     }
/// }
///
/// fn takes_what_can_be_spawned(_: impl Send + 'static) {}
///
/// let api = Api { token: "Bearer 1".to_owned() };
/// let mut client = api.events();
/// drop(api);
/// takes_what_can_be_spawned(async move { client.next_event().await });
/// ```
pub trait Connect<Q> {
    /// The body of the response.
    type Body: Body;
    /// Why there is no response.
    type Error;
    /// The response that is awaited. It is dropped when the timeout elapses, or when the application drops the connection.
    type Future: Future<Output = Result<Response<Self::Body>, Self::Error>>;

    /// Sends the request.
    fn connect(&mut self, request: Request<Q>) -> Self::Future;
}

impl<F, Q, T, B, E> Connect<Q> for F
where
    F: FnMut(Request<Q>) -> T,
    T: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Body = B;
    type Error = E;
    type Future = T;

    fn connect(&mut self, request: Request<Q>) -> T {
        self(request)
    }
}
