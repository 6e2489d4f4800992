// SPDX-License-Identifier: GPL-2.0

//! The transmit watchdog of the core, which finds a queue that stands for too long.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};
use kernel::prelude::*;

impl<T: Parts> Device<T> {
    /// How long a stopped queue may stand before [`Driver::tx_timeout`] is called, in jiffies. A
    /// shorter limit holds at once.
    ///
    /// C: `net_device.watchdog_timeo`, `netdev_watchdog_up()`.
    ///
    /// [`Driver::tx_timeout`]: super::Driver::tx_timeout
    pub(crate) fn set_watchdog(&self, jiffies: c_int, _rtnl: &Rtnl) {
        let dev = self.as_ptr();
        // SAFETY: the device is valid by the type invariant. `dev_watchdog()` sets the timer by the
        // limit, under this lock; all other functions that set it hold RTNL, as we do.
        let expires = unsafe {
            bindings::net_rs_tx_global_lock(dev);
            (&raw mut (*dev).watchdog_timeo).write_volatile(jiffies);
            let expires = (*dev).watchdog_timer.expires;
            bindings::net_rs_tx_global_unlock(dev);
            expires
        };
        // SAFETY: a number that the timer interrupt counts up, read at once.
        let now = unsafe { (&raw const kernel::bindings::jiffies).read_volatile() };
        let latest = now.wrapping_add(jiffies as usize);
        // A timer that was set by a longer limit is set anew.
        // C: `time_after()`.
        let late = (latest.wrapping_sub(expires) as isize) < 0;
        if late && self.running() && self.has_carrier() {
            // SAFETY: the device is valid, and RTNL is held, as where `dev_activate()` calls it.
            unsafe { bindings::netdev_watchdog_up(dev) };
        }
    }
}
