// SPDX-License-Identifier: GPL-2.0

//! What vnet_rs/config.rs needs of the kernel crate: an error, and a log to complain in.

use std::cell::RefCell;

thread_local! {
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Adds to the log.
pub fn log(text: &str) {
    LOG.with(|log| log.borrow_mut().push_str(text));
}

/// Takes what is in the log.
pub fn take_log() -> String {
    LOG.with(|log| log.take())
}

/// As the kernel's.
#[macro_export]
macro_rules! pr_err {
    ($($what:tt)*) => { $crate::log(&format!($($what)*)) };
}

/// As the kernel's.
pub mod prelude {
    pub use crate::pr_err;

    /// There is only one.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Error;

    /// The one there is.
    pub const EINVAL: Error = Error;

    /// As the kernel's.
    pub type Result<T = (), E = Error> = core::result::Result<T, E>;
}
