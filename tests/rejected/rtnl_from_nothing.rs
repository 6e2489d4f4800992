//~ E0423
//! Only the trampolines say that RTNL is held.

use super::net::*;
use kernel::types::NotThreadSafe;

fn f() -> Rtnl {
    Rtnl(NotThreadSafe)
}
