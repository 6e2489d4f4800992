// SPDX-License-Identifier: GPL-2.0

//! How the core has a driver transmit.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    queue::Queue,
    Device,
    Driver,
    DropReason,
    Parts,
    Rings,
    SkBuff,
    TxBusy,
    TxContext, //
};
use core::ptr::NonNull;

/// The queue that an skb is for, if there is such a one and this CPU holds its lock.
///
/// `ip link add numtxqueues` may make more than there are. And a list of skbs that a
/// classifier has given different queues (`skbedit queue_mapping` below `mq`) comes
/// under the lock of the first one's.
#[inline]
fn locked_queue<T: Parts>(
    dev: &Device<T>,
    index: u16,
) -> Option<(&Queue<T>, *mut bindings::netdev_queue)> {
    let queue = dev.queues().get(usize::from(index))?;
    // SAFETY: the device is valid, and has this queue. Bottom halves are off.
    unsafe {
        let txq = (*dev.as_ptr())._tx.add(usize::from(index));
        bindings::net_rs_tx_owned(txq).then_some((queue, txq))
    }
}

/// Drops an skb that is for none of the queues that this CPU has locked. It may be the
/// last one of a batch, so the doorbell rings for those before it.
#[cold]
fn refuse<T: Driver>(dev: &Device<T>, skb: SkBuff) {
    skb.discard(DropReason::NotSpecified);
    // SAFETY: valid by the type invariant.
    unsafe { bindings::net_rs_count_tx_dropped(dev.as_ptr()) };
    for index in 0..dev.queues().len() {
        let Ok(index) = u16::try_from(index) else {
            return;
        };
        let Some((queue, txq)) = locked_queue(dev, index) else {
            continue;
        };
        // SAFETY: this CPU holds the xmit lock of the queue, and the core called
        // `ndo_start_xmit()` with it; `tx` is initialised, as the device is ready.
        let tx = unsafe { (*queue.tx.get()).assume_init_mut() };
        if let Some(tx) = tx {
            // SAFETY: the queue is valid, and its lock is held while we are in here.
            T::Rings::doorbell(dev, &mut unsafe { TxContext::<T>::new(txq, index, tx) });
        }
    }
}

/// `ndo_start_xmit()`.
///
/// # Safety
///
/// Called by `netdev_start_xmit()`, with the xmit lock of the skb's queue held and bottom halves
/// off; one reference to `skb` is the callee's, unless it says busy.
#[inline]
pub(crate) unsafe extern "C" fn start_xmit<T: Driver>(
    skb: *mut bindings::sk_buff,
    dev: *mut bindings::net_device,
) -> bindings::netdev_tx_t {
    // SAFETY: `dev_hard_start_xmit()` and `__dev_direct_xmit()` have found the device up, under RCU,
    // which `unregister_netdevice_many_notify()` waits for.
    let device = unsafe { Device::<T>::from_raw(dev) };
    let raw = skb;
    // SAFETY: `netdev_start_xmit()` passes a valid skb and its reference.
    let skb = unsafe { SkBuff::from_raw(NonNull::new_unchecked(skb)) };
    let index = skb.queue_mapping();
    let Some((queue, txq)) = locked_queue(device, index) else {
        refuse(device, skb);
        return bindings::netdev_tx_NETDEV_TX_OK;
    };
    // SAFETY: this CPU holds the xmit lock of the queue: `HARD_TX_LOCK()` has taken it, as the
    // device is not `lltx` (`Device::check_premises`), and `locked_queue` has looked. So `tx` is
    // ours. It is initialised, as the device is ready.
    let tx = unsafe { (*queue.tx.get()).assume_init_mut() };
    let Some(tx) = tx else {
        T::Rings::xmit_while_down(device, u32::from(index), &skb);
        skb.discard(DropReason::DevReady);
        return bindings::netdev_tx_NETDEV_TX_OK;
    };
    // SAFETY: the queue is valid, and its lock is held while we are in here.
    let mut context = unsafe { TxContext::<T>::new(txq, index, tx) };

    let result = T::start_xmit(device, &mut context, skb);
    if result.is_err() || context.needs_doorbell() {
        T::Rings::doorbell(device, &mut context);
    }
    match result {
        Ok(()) => bindings::netdev_tx_NETDEV_TX_OK,
        Err(TxBusy(skb)) if skb.is(raw) => {
            // The reference is the core's again.
            let _ = skb.into_raw();
            bindings::netdev_tx_NETDEV_TX_BUSY
        }
        Err(TxBusy(other)) => {
            // The driver has kept the one that it was given, so it is not busy.
            kernel::warn_on!(true);
            other.discard(DropReason::NotSpecified);
            bindings::netdev_tx_NETDEV_TX_OK
        }
    }
}
