//~ E0277
//! No other thread sees the token.

use super::net::*;

fn shared<T: Sync>() {}

fn f() {
    shared::<RtnlLock>();
}
