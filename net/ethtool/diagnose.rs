// SPDX-License-Identifier: GPL-2.0

//! Registers and self-tests.

use super::{
    super::{
        bindings,
        Device,
        Driver,
        Rtnl, //
    },
    Ethtool, //
};
use kernel::prelude::*;

/// # Safety
///
/// See [`get_drvinfo`](super::table).
pub(super) unsafe extern "C" fn get_regs_len<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers).
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    // The core allocates room for that many, without a limit.
    let count = T::Ethtool::register_count(dev, &rtnl).min(1 << 16);
    (count * size_of::<u32>()) as c_int
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `regs` is valid, and `data` has room for `regs.len`
/// bytes, is initialised and aligned to a word at least.
pub(super) unsafe extern "C" fn get_regs<T: Driver>(
    dev: *mut bindings::net_device,
    regs: *mut bindings::ethtool_regs,
    data: *mut c_void,
) {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `ethtool_get_regs()` has
    // allocated `data` by `vzalloc()` for the length in `regs`, which it got from `get_regs_len()`.
    let (dev, rtnl, to) = unsafe {
        (*regs).version = T::Ethtool::REGISTERS;
        let words = (*regs).len as usize / size_of::<u32>();
        (
            Device::<T>::from_raw(dev),
            Rtnl::assume_held(),
            core::slice::from_raw_parts_mut(data.cast::<u32>(), words),
        )
    };
    T::Ethtool::registers(dev, &rtnl, to);
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `test` is valid, and `data` has room for as many words
/// as there are tests.
pub(super) unsafe extern "C" fn self_test<T: Driver>(
    dev: *mut bindings::net_device,
    test: *mut bindings::ethtool_test,
    data: *mut bindings::u64_,
) {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `ethtool_self_test()` has
    // allocated `data` for as many words as `get_sset_count()` said, which are the tests'.
    let (dev, mut rtnl, test, results) = unsafe {
        (
            Device::<T>::from_raw(dev),
            Rtnl::assume_held(),
            &mut *test,
            core::slice::from_raw_parts_mut(data, T::Ethtool::TESTS.len()),
        )
    };
    let offline = test.flags & bindings::ethtool_test_flags_ETH_TEST_FL_OFFLINE != 0;
    results.fill(0);
    T::Ethtool::self_test(dev, offline, results, &mut rtnl);
    if results.iter().any(|&result| result != 0) {
        test.flags |= bindings::ethtool_test_flags_ETH_TEST_FL_FAILED;
    }
}
