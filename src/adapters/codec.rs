//! A codec for `FramedRead` and `FramedWrite` of `tokio-util`.
