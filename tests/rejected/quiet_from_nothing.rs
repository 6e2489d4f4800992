//~ cannot construct
//! Only a device that stands still is quiet.

use super::net::*;

fn f<'a, T: Driver>(dev: &'a Device<T>, rtnl: &'a Rtnl) -> Quiet<'a, T> {
    Quiet { dev, rtnl }
}
