//~ E0624
//! Nor may a driver say so.

use super::net::*;

fn f() -> Rtnl {
    Rtnl::assume_held()
}
