//! Compression with a flush per event.

use std::fmt;
use std::io::{self, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};

/// Compresses a stream, frame by frame.
pub struct Compressor(GzEncoder<Vec<u8>>);

impl Compressor {
    /// Returns a compressor for one response.
    #[must_use]
    pub fn new() -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::fast()))
    }

    /// Compresses a frame and flushes, so that the whole frame can be decompressed from what is returned.
    ///
    /// # Errors
    ///
    /// None: it writes to memory.
    pub fn frame(&mut self, bytes: &Bytes) -> io::Result<Bytes> {
        self.0.write_all(bytes)?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }

    /// Returns the end of the compressed stream.
    ///
    /// # Errors
    ///
    /// None: it writes to memory.
    pub fn finish(&mut self) -> io::Result<Bytes> {
        self.0.try_finish()?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor").finish_non_exhaustive()
    }
}

/// Decompresses a stream, chunk by chunk.
pub struct Decompressor(GzDecoder<Vec<u8>>);

impl Decompressor {
    /// Returns a decompressor for one response.
    #[must_use]
    pub fn new() -> Self {
        Self(GzDecoder::new(Vec::new()))
    }

    /// Decompresses a chunk.
    ///
    /// # Errors
    ///
    /// If the stream is not valid.
    pub fn chunk(&mut self, bytes: &Bytes) -> io::Result<Bytes> {
        self.0.write_all(bytes)?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }
}

impl Default for Decompressor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decompressor").finish_non_exhaustive()
    }
}
