//~ E0502
//! What an open device has is dropped when it is removed.

use super::net::*;

fn f<T: Driver<Up = u32>>(links: &LinkOps<T>, dev: &DeviceRef<T>) {
    let _ = RtnlLock::with(|rtnl| {
        let up = dev.up(rtnl);
        links.remove(dev.clone(), rtnl);
        up.copied()
    });
}
