//~ unsafe_code
//! The crate that these stand for has no unsafe.

fn f(at: *const u8) -> u8 {
    unsafe { *at }
}
