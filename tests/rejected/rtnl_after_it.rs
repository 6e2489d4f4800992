//~ E0515
//! Nothing that is borrowed from an open device outlives the lock.

use super::net::*;

fn f<T: Driver>(dev: &DeviceRef<T>, rtnl: Rtnl) -> Option<&T::Up> {
    dev.up(&rtnl)
}
