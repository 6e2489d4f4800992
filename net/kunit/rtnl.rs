// SPDX-License-Identifier: GPL-2.0

//! Values that belong to RTNL.

use super::{
    super::{
        Rtnl,
        RtnlCell,
        RtnlLock, //
    },
    check,
    warnings, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

#[kunit_tests(net_rtnl)]
mod suite {
    use super::*;

    #[test]
    fn a_cell_gives_what_was_put_in() -> Result {
        let cell = RtnlCell::new(1);
        let (old, new) = RtnlLock::with(|rtnl| (cell.replace(2, rtnl), cell.get(rtnl)))?;
        check!((old, new) == (1, 2));
        Ok(())
    }

    #[test]
    fn a_clone_leaves_the_value_in_the_cell() -> Result {
        let value = Arc::new(7, GFP_KERNEL)?;
        let cell = RtnlCell::new(Some(value.clone()));
        let (one, other) = RtnlLock::with(|rtnl| (cell.cloned(rtnl), cell.cloned(rtnl)))?;
        let same = |found: Option<Arc<i32>>| found.is_some_and(|it| Arc::ptr_eq(&it, &value));
        check!(same(one) && same(other));
        let left = RtnlLock::with(|rtnl| (cell.replace(None, rtnl), cell.cloned(rtnl)))?;
        check!(same(left.0) && left.1.is_none());
        Ok(())
    }

    #[test]
    fn a_token_without_the_lock_warns() -> Result {
        let assume = || {
            // SAFETY: RTNL is not held, which this test has to show; the token is dropped where it
            // is made.
            let _token = unsafe { Rtnl::assume_held() };
        };
        check!(warnings(assume) > 0);
        let mut under = 0;
        RtnlLock::with(|_rtnl| under = warnings(assume))?;
        check!(under == 0);
        Ok(())
    }
}
