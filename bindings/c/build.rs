//! Link options of the shared library: its soname is the major version. Before 1.0 any version may break what was
//! compiled against another: `skm_check_version` tells.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").expect("cargo sets it");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libskm.so.{major}");
        // A host of plug-ins may close the library while its idle threads are still ending: the code must stay mapped.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
