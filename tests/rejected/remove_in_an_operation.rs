//~ E0308
//! An operation of the core is under way, and has no `RtnlLock`.

use super::net::*;

fn f<T: Driver>(links: &LinkOps<T>, dev: DeviceRef<T>, rtnl: &mut Rtnl) {
    links.remove(dev, rtnl);
}
