// SPDX-License-Identifier: GPL-2.0

//! What a driver has for each of those who run it, and has only while its device is up.
//!
//! A driver names the types here, and everything else of this layer that is generic over a driver
//! needs no more of it. What the driver does is in net/driver.rs and net/rings.rs.

use kernel::prelude::*;

/// Who has which part of a driver's data. The type that implements it is what all have.
///
/// A driver without rings has `()` for each of the three.
pub(crate) trait Parts: Sized + Send + Sync + 'static {
    /// What belongs to the holder of the queue's xmit lock.
    type Tx: Send;
    /// What belongs to the owner of the NAPI instance.
    type Poll: Send;
    /// What the control path keeps while the device is up.
    type Up: Send;
}

/// What a driver has only while its device is up.
pub(crate) struct Open<T: Parts> {
    /// The queue pairs that are in use, from queue 0 on.
    pub(crate) pairs: KVec<Pair<T>>,
    /// For the control path.
    pub(crate) up: T::Up,
}

/// What one queue pair has.
pub(crate) struct Pair<T: Parts> {
    /// For `start_xmit`.
    pub(crate) tx: T::Tx,
    /// For `poll`.
    pub(crate) poll: T::Poll,
}
