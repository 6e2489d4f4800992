// SPDX-License-Identifier: GPL-2.0

//! Names for the trampolines of a driver.
//!
//! The trampolines are generic functions, whose symbols are different in each build. A driver that
//! is to be probed gives them names that stay; they need `unsafe`, so they are made in this layer.

use super::bindings;
use core::marker::PhantomData;
use kernel::prelude::*;

/// The type of `ndo_start_xmit()`.
pub(crate) type StartXmit = unsafe extern "C" fn(
    *mut bindings::sk_buff,
    *mut bindings::net_device,
) -> bindings::netdev_tx_t;

/// The type of `napi_struct.poll`.
pub(crate) type NapiPoll = unsafe extern "C" fn(*mut bindings::napi_struct, c_int) -> c_int;

pub(crate) use bindings::{
    napi_struct as CNapi,
    net_device as CNetDevice,
    netdev_tx_t as CNetdevTx,
    sk_buff as CSkBuff, //
};

/// The trampolines of the driver `T` under other names; [`name_trampolines!`] makes it.
///
/// # Invariants
///
/// The functions are `xmit::start_xmit::<T>` and `poll::poll::<T>`, or call them with the same
/// arguments.
pub(crate) struct Named<T> {
    /// `ndo_start_xmit()`.
    pub(super) start_xmit: StartXmit,
    /// `napi_struct.poll`.
    pub(super) poll: NapiPoll,
    _driver: PhantomData<fn() -> T>,
}

impl<T> Named<T> {
    /// # Safety
    ///
    /// The functions are as the type invariant says.
    pub(crate) const unsafe fn new(start_xmit: StartXmit, poll: NapiPoll) -> Self {
        // INVARIANT: as the caller promises.
        Self {
            start_xmit,
            poll,
            _driver: PhantomData,
        }
    }
}

/// Names the trampolines of a driver `PREFIX_start_xmit` and `PREFIX_poll`, for [`Driver::NAMED`].
/// These are no names that another function has: the prefix is a driver's.
///
/// [`Driver::NAMED`]: super::Driver::NAMED
macro_rules! name_trampolines {
    ($driver:ty, $prefix:literal) => {{
        use $crate::net::{
            named,
            poll,
            xmit, //
        };

        /// # Safety
        ///
        /// As [`xmit::start_xmit`].
        #[export_name = concat!($prefix, "_start_xmit")]
        unsafe extern "C" fn start_xmit(
            skb: *mut named::CSkBuff,
            dev: *mut named::CNetDevice,
        ) -> named::CNetdevTx {
            // SAFETY: the same contract.
            unsafe { xmit::start_xmit::<$driver>(skb, dev) }
        }

        /// # Safety
        ///
        /// As [`poll::poll`].
        #[export_name = concat!($prefix, "_poll")]
        unsafe extern "C" fn poll(napi: *mut named::CNapi, budget: c_int) -> c_int {
            // SAFETY: the same contract.
            unsafe { poll::poll::<$driver>(napi, budget) }
        }

        // SAFETY: both call this driver's own.
        unsafe { named::Named::<$driver>::new(start_xmit, poll) }
    }};
}
pub(crate) use name_trampolines;
