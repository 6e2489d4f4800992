//~ E0596
//! Only an operation changes a device: there is no way from `RtnlLock` to `&mut Rtnl`.

use super::net::*;

fn f<T: Driver>(dev: &Device<T>) {
    let _ = RtnlLock::with(|rtnl| dev.change(rtnl, |_quiet, open| (open, ())));
}
