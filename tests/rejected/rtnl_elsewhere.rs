//~ E0277
//! The thread that holds RTNL has the token.

use super::net::*;

fn sent<T: Send>() {}

fn f() {
    sent::<Rtnl>();
}
