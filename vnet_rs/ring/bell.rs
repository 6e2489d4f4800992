// SPDX-License-Identifier: GPL-2.0

//! The doorbell's clock notes the time at which the card was told of a frame.
//!
//! A late engine finds frames of long ago beside frames of just now. Each must start when the wire
//! was free, but not before its doorbell. So the doorbell notes its time, once for all the frames
//! that it publishes. A wire that has never had a rate needs no times.

use crate::net::memory::{
    self,
    SparingVec, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::Relaxed,
            Atomic, //
        },
        Arc, //
    }, //
};

/// The times of one ring, one for each descriptor. Only the first descriptor of a batch that was
/// published together has the true time; the times of the others are older, from the round before.
pub(crate) struct Bell(SparingVec<Atomic<u64>>);

impl Bell {
    /// The most memory that the times of a ring of `size` descriptors take, in bytes.
    pub(crate) fn memory(size: u32) -> u64 {
        memory::taken_by(u64::from(size).saturating_mul(size_of::<Atomic<u64>>() as u64))
    }

    /// The times of a new ring of `size` descriptors, a power of two. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new(size: u32) -> Result<Arc<Self>> {
        let mut times = SparingVec::with_capacity(size as usize, GFP_KERNEL)?;
        for _ in 0..size {
            times.push(Atomic::new(0), GFP_KERNEL)?;
        }
        Ok(Arc::new(Self(times), GFP_KERNEL)?)
    }

    fn time(&self, cursor: u32) -> Option<&Atomic<u64>> {
        let place = (cursor as usize) & self.0.len().wrapping_sub(1);
        self.0.get(place)
    }

    /// Notes the time `at`, in ns, for the descriptors from `cursor` on; before they are published.
    #[inline]
    pub(crate) fn note(&self, cursor: u32, at: u64) {
        if let Some(time) = self.time(cursor) {
            time.store(at, Relaxed);
        }
    }

    /// The time before which the descriptor at `cursor` was not published, in ns. For the card,
    /// once it has seen the descriptor.
    #[inline]
    pub(crate) fn at(&self, cursor: u32) -> u64 {
        self.time(cursor).map_or(0, |time| time.load(Relaxed))
    }
}
