//~ E0308
//! The namespace is kept with the device, and nobody can let it go too early.

use super::net::*;

fn f<T: Driver>(links: &LinkOps<T>, dev: DeviceRef<T>, rtnl: &mut RtnlLock) {
    let namespace: Option<Namespace> = links.remove(dev, rtnl);
    core::mem::forget(namespace);
}
