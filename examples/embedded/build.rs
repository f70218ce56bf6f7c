//! Tells the linker about the memory of the device.

fn main() {
    println!("cargo:rerun-if-changed=memory.x");
    // `link.x` is that of cortex-m-rt. It includes `memory.x`.
    println!("cargo:rustc-link-search={}", env!("CARGO_MANIFEST_DIR"));
    println!("cargo:rustc-link-arg=-Tlink.x");
}
