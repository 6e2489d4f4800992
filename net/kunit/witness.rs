// SPDX-License-Identifier: GPL-2.0

//! A witness, which sees the end of an skb.

use super::super::{
    bindings,
    DropReason,
    SkBuff, //
};
use core::ptr::NonNull;
use kernel::{
    error::to_result,
    prelude::*,
    types::Opaque, //
};

/// Counts how often an skb is freed, by the trace points that drop monitors use.
///
/// # Invariants
///
/// The trace points are watched for as long as the value exists.
pub(super) struct Witness(KBox<Opaque<bindings::net_kunit_fate>>);

impl Witness {
    /// Watches `skb` from here on.
    pub(super) fn of(skb: &SkBuff) -> Result<Self> {
        let fate = bindings::net_kunit_fate {
            skb: skb.as_ptr(),
            ..Default::default()
        };
        let fate = KBox::new(Opaque::new(fate), GFP_KERNEL)?;
        // SAFETY: in the box it stays where it is until `drop`, which ends this.
        to_result(unsafe { bindings::net_kunit_watch(fate.get()) })?;
        // INVARIANT: begun just above.
        Ok(Self(fate))
    }

    /// How often it was consumed, how often dropped, and why for the last time.
    fn fate(&self) -> (u32, u32, u32) {
        let fate = self.0.get();
        // SAFETY: valid. Another CPU may count just now.
        unsafe {
            (
                (&raw const (*fate).consumed).read_volatile(),
                (&raw const (*fate).dropped).read_volatile(),
                (&raw const (*fate).reason).read_volatile(),
            )
        }
    }

    /// The skb was not freed.
    pub(super) fn alive(&self) -> bool {
        matches!(self.fate(), (0, 0, _))
    }

    /// The skb was freed once, and not as a loss.
    pub(super) fn consumed_once(&self) -> bool {
        matches!(self.fate(), (1, 0, _))
    }

    /// The skb was freed once, for this reason.
    pub(super) fn dropped_once(&self, why: DropReason) -> bool {
        self.fate() == (0, 1, why as u32)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // SAFETY: begun by `of`, and not ended yet.
        unsafe { bindings::net_kunit_unwatch(self.0.get()) };
    }
}

/// An skb as its sender makes it, of `len` bytes, and its witness.
pub(super) fn sent(len: u32) -> Result<(SkBuff, Witness)> {
    // SAFETY: the function allocates and may sleep, and the skb that it returns is the caller's.
    let skb = NonNull::new(unsafe { bindings::net_kunit_alloc_skb(len) }).ok_or(ENOMEM)?;
    // SAFETY: the skb is new, with one reference, which becomes ours.
    let skb = unsafe { SkBuff::from_raw(skb) };
    match Witness::of(&skb) {
        Ok(witness) => Ok((skb, witness)),
        Err(error) => {
            skb.consume();
            Err(error)
        }
    }
}

/// A second reference to the same skb.
pub(super) fn share(skb: &SkBuff) -> SkBuff {
    // SAFETY: the skb is valid; the reference that the function takes becomes ours.
    unsafe {
        let shared = bindings::net_kunit_share(skb.as_ptr());
        SkBuff::from_raw(NonNull::new_unchecked(shared))
    }
}

/// A clone: another skb with the same bytes.
pub(super) fn cloned(skb: &SkBuff) -> Result<SkBuff> {
    // SAFETY: the skb is valid; the clone is new, with one reference.
    unsafe {
        let clone = bindings::skb_clone(skb.as_ptr(), bindings::NET_RS_GFP_ATOMIC);
        Ok(SkBuff::from_raw(NonNull::new(clone).ok_or(ENOMEM)?))
    }
}

/// How many references there are.
pub(super) fn users(skb: &SkBuff) -> u32 {
    // SAFETY: valid by its type invariant.
    unsafe { bindings::net_kunit_users(skb.as_ptr()) }
}

/// The first bytes, those of a frame's headers and some more.
pub(super) fn bytes(skb: &SkBuff) -> [u8; 64] {
    let mut room = [0; 64];
    let mut bytes = [0; 64];
    for (to, from) in bytes.iter_mut().zip(skb.head(&mut room)) {
        *to = *from;
    }
    bytes
}

/// Whether two skbs have their bytes in the same place.
pub(super) fn same_bytes(one: &SkBuff, other: &SkBuff) -> bool {
    // SAFETY: both are valid by their type invariant.
    unsafe { (*one.as_ptr()).data == (*other.as_ptr()).data }
}
