//~ E0308
//! A device that is apart already.

use super::net::*;

fn f<T: Driver>(dev: &Device<T>, rtnl: &mut Rtnl) {
    dev.change(rtnl, |quiet, open| {
        dev.change(quiet.rtnl(), |_quiet, open| (open, ()));
        (open, ())
    });
}
