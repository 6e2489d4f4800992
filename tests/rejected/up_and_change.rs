//~ E0502
//! What an open device has is the driver's to drop in a change.

use super::net::*;

fn f<T: Driver<Up = u32>>(dev: &Device<T>, rtnl: &mut Rtnl) -> Option<u32> {
    let up = dev.up(rtnl);
    dev.change(rtnl, |_quiet, open| (open, ()));
    up.copied()
}
