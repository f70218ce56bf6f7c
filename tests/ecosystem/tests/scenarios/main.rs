//! The scenarios: each is a test with a time limit that prints its figures in one line.

mod as_documented;
mod big_event;
mod broken_stream;
mod client_leaves;
mod control;
mod cuts;
mod every_frame_size;
mod gzip;
mod http2;
mod idle;
mod post;
mod readme;
mod refused;
mod relay;
mod rotation;
mod shutdown;
mod slow_consumer;
mod throughput;
