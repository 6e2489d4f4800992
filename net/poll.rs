// SPDX-License-Identifier: GPL-2.0

//! How NAPI calls a driver.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    queue::Queue,
    Device,
    Driver,
    PollContext,
    Rings, //
};
use kernel::prelude::*;

/// `napi_struct.poll`.
///
/// # Safety
///
/// Called by `__napi_poll()` or busy polling, as the owner of an instance that `Device::<T>::start`
/// has added and enabled, with bottom halves off.
#[inline]
pub(crate) unsafe extern "C" fn poll<T: Driver>(
    napi: *mut bindings::napi_struct,
    budget: c_int,
) -> c_int {
    // SAFETY: the instance is valid and knows its device, which lives as long, and
    // which of the device's it is.
    let (dev, index) = unsafe { ((*napi).dev, (*napi).index as u16) };
    // SAFETY: NAPI is only enabled while the device is up, so it is ready. And the
    // instance is the first field of its queue.
    let (device, queue) = unsafe { (Device::<T>::from_raw(dev), &*napi.cast::<Queue<T>>()) };
    // SAFETY: `poll` belongs to the owner of the instance, until it completes: that is the caller,
    // `__napi_poll()` or busy polling, which has it by `NAPI_STATE_SCHED`. Netpoll, which goes
    // by `poll_owner`, is off (`Device::check_premises`). It is initialised while ready.
    let poll = unsafe { (*queue.poll.get()).assume_init_mut() };
    let Some(poll) = poll else {
        kernel::warn_on!(true);
        // Cannot be: NAPI is enabled after `poll` is set and disabled before it
        // is taken. To complete would be right all the same.
        // SAFETY: we own the instance.
        unsafe { bindings::napi_complete_done(napi, 0) };
        return 0;
    };
    // SAFETY: the caller is the owner, and has bottom halves off; the instance is the queue's.
    let context = unsafe { PollContext::new(device, queue, index, budget, poll) };
    T::Rings::poll(context).0
}
