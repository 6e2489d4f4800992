//~ E0502
//! A device that is made may push another one out, by a notifier.

use super::net::*;

fn f<T: Driver<Up = u32>>(links: &LinkOps<T>, dev: &DeviceRef<T>, new: T) {
    let _ = RtnlLock::with(|rtnl| {
        let up = dev.up(rtnl);
        let _ = links.add_to(None, T::NAME, Ok::<T, kernel::error::Error>(new), rtnl);
        up.copied()
    });
}
