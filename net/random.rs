// SPDX-License-Identifier: GPL-2.0

//! Values that are chosen by chance.
//!
//! C headers: [`include/linux/etherdevice.h`](srctree/include/linux/etherdevice.h),
//! [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::bindings;

/// A locally administered unicast address, by chance.
///
/// C: `eth_random_addr()`.
pub(crate) fn random_address() -> [u8; 6] {
    let mut address = [0; 6];
    // SAFETY: the function writes the six bytes that there are.
    unsafe { bindings::net_rs_random_addr(address.as_mut_ptr()) };
    address
}

/// The key that all cards hash connections with, chosen by chance when the kernel
/// started.
///
/// C: `netdev_rss_key_fill()`.
pub(crate) fn rss_key() -> [u8; 40] {
    let mut key = [0; 40];
    // SAFETY: the function writes the bytes that there are.
    unsafe { bindings::netdev_rss_key_fill(key.as_mut_ptr().cast(), key.len()) };
    key
}
