// SPDX-License-Identifier: GPL-2.0

//! The parts of a driver, one for each context that runs it, and there only while its device is up.
//!
//! A driver names the types here, and everything else of this layer that is generic over a driver
//! needs no more of it. The operations are in net/driver.rs and net/rings.rs.

use kernel::prelude::*;

/// The parts of a driver's data, by owner. The type that implements it is shared by all.
///
/// A driver without rings has `()` for each of the three.
pub(crate) trait Parts: Sized + Send + Sync + 'static {
    /// The part of the holder of the queue's xmit lock.
    type Tx: Send;
    /// The part of the owner of the NAPI instance.
    type Poll: Send;
    /// The part of the control path.
    type Up: Send;
}

/// All that a driver has only while its device is up.
pub(crate) struct Open<T: Parts> {
    /// The queue pairs that are in use, from queue 0 on.
    pub(crate) pairs: KVec<Pair<T>>,
    /// For the control path.
    pub(crate) up: T::Up,
}

/// The two halves of a queue pair.
pub(crate) struct Pair<T: Parts> {
    /// For `start_xmit`.
    pub(crate) tx: T::Tx,
    /// For `poll`.
    pub(crate) poll: T::Poll,
}
