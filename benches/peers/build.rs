//! Passes the compiler version and flags to the program.

use std::env;
use std::process::Command;

fn main() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    println!("cargo:rustc-env=RUSTC_VERSION={}", String::from_utf8_lossy(&version).trim());
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let blocks = if flags.contains("align-all-nofallthru-blocks") { " and aligned blocks" } else { "" };
    println!("cargo:rustc-env=BLOCKS={blocks}");
    println!("cargo:rerun-if-changed=build.rs");
}
