//! x
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod adapters;
pub mod headers;

mod data_writer;
mod decoder;
mod encoder;
mod error;
mod event;
#[cfg(feature = "alloc")]
mod event_buf;
mod field;
mod scan;
mod storage;
mod tokenizer;
mod utf8;

pub use data_writer::DataWriter;
pub use decoder::{Decoder, FixedDecoder, Limits};
pub use encoder::Encoder;
pub use error::{BufferTooSmall, DecodeError, Error, InvalidEvent, Limit};
pub use event::{Comment, Event};
#[cfg(feature = "alloc")]
pub use event_buf::EventBuf;
pub use field::Field;
#[cfg(feature = "alloc")]
pub use storage::Heap;
pub use storage::{Fixed, Storage};
pub use tokenizer::{Token, Tokenizer};
