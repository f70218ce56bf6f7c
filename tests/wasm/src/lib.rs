//! Runs the case table, at every split through every reader, and a session of the asynchronous client, in WebAssembly. `run.mjs`
//! calls the exported functions; the module imports none.

mod cases;
mod checks;
mod clock;
mod exports;
mod session;
mod support;
mod text;
