// SPDX-License-Identifier: GPL-2.0

//! A port's plug: its place at one end of a segment, and the card there.

use super::super::{
    cable::{
        counters::{
            EndCounters,
            LineCounters, //
        },
        medium::Medium, //
    },
    card::{
        faults::Fault,
        queues::Board,
        registers::Registers,
        Card,
        HeldCard, //
    }, //
};
use super::segment::Segment;
use crate::net::{
    self,
    Device,
    DeviceRef,
    Parts,
    Rtnl, //
};
use kernel::{
    prelude::*,
    sync::Arc,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// How long a port that goes down waits until what it has sent is the cable's, in milliseconds.
const HAND_OVER_TIMEOUT_MS: u32 = 1000;

/// A port's end of a segment.
pub(crate) struct Plug<T: Parts> {
    segment: Arc<Segment<T>>,
    end: usize,
    card: Card,
    /// The register block of the card.
    pub(crate) registers: Arc<Registers>,
    /// The counters that the cable has for this end.
    pub(crate) counters: EndCounters,
}

impl<T: Parts> Plug<T> {
    /// The plug of an end that has no port, and a card that is as new. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EINVAL` if there is no such end.
    pub(crate) fn new(segment: &Arc<Segment<T>>, end: usize) -> Result<Self> {
        let card = segment.card(end).ok_or(EINVAL)?.clone();
        let counters = EndCounters {
            out: Arc::new(LineCounters::new(), GFP_KERNEL)?,
            ..card.counters.clone()
        };
        let registers = Arc::new(Registers::new()?, GFP_KERNEL)?;
        card.far
            .change(&mut |arrivals| arrivals.counters = counters.out.clone());
        Ok(Self {
            segment: segment.clone(),
            end,
            card,
            registers,
            counters,
        })
    }

    /// The segment.
    pub(crate) fn segment(&self) -> &Arc<Segment<T>> {
        &self.segment
    }

    /// The medium of the cable.
    #[inline]
    pub(crate) fn medium(&self) -> &Arc<Medium> {
        &self.segment.cable.medium
    }

    /// The number of the end.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// The rate of the wire that it sends by, in kbit/s; 0: frames take no time.
    #[inline]
    pub(crate) fn rate_kbps(&self) -> u32 {
        self.medium().rate_kbps(self.end)
    }

    /// Whether the card wants to know when the doorbell rang.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.medium().is_timed(self.end)
    }

    /// The bytes that a frame takes on the wire besides its own.
    pub(crate) fn overhead(&self) -> u32 {
        self.medium().pace(self.end).overhead
    }

    /// The doorbell: tells the card of all that was posted, by `now`, which has just been read of the
    /// monotonic clock, in ns. Bottom halves must be off.
    #[inline]
    pub(crate) fn ring(&self, now: u64) {
        self.card.tx.kick(now);
    }

    /// The card.
    pub(crate) fn card(&self) -> &Card {
        &self.card
    }

    /// Stops the card, to change it, until the result is dropped. May sleep.
    pub(crate) fn hold(&self, _rtnl: &Rtnl) -> HeldCard<'_> {
        self.card.hold()
    }

    /// The things that an engine needs for a port that comes up.
    ///
    /// # Errors
    ///
    /// `ENODEV` if it does not.
    pub(crate) fn board(&self, dev: &Device<T>, rtnl: &Rtnl) -> Result<Board> {
        Ok(Board {
            lines: dev.interrupts(rtnl).ok_or(ENODEV)?,
            registers: self.registers.clone(),
        })
    }

    /// Whether frames that are sent get anywhere.
    pub(crate) fn has_link(&self) -> bool {
        self.is_looped() || self.medium().has_link(self.end)
    }

    /// Whether frames that are sent come back.
    pub(crate) fn is_looped(&self) -> bool {
        self.medium().is_looped(self.end)
    }

    /// Has the card connect its output with its input, or no more. Frames on their way on the cable
    /// arrive.
    pub(crate) fn set_looped(&self, on: bool, rtnl: &Rtnl) {
        self.hold(rtnl).tx.looped = on;
        self.medium().set_looped(self.end, on);
        self.kick_peer();
    }

    /// The card begins to receive, or ceases to, and the other end knows.
    pub(crate) fn set_receives(&self, on: bool) {
        self.medium().set_receives(self.end, on);
        self.kick_peer();
    }

    /// Has the card at the other end look whether it has a link. May sleep.
    fn kick_peer(&self) {
        if let Some(peer) = self.segment.card(1usize.wrapping_sub(self.end)) {
            peer.look_for_link();
        }
    }

    /// Waits until nothing that was sent is the stack's any more: what is on its way is the cable's,
    /// and needs neither this port nor its namespace. The card has no rings. May sleep.
    pub(crate) fn hand_over(&self, _rtnl: &Rtnl) {
        for _ in 0..HAND_OVER_TIMEOUT_MS {
            if self.card.tx.stop().is_taken() {
                return;
            }
            self.card.far.kick_later();
            fsleep(Delta::from_millis(1));
        }
        kernel::warn_on!(true);
    }

    /// Makes other things wrong with the card.
    pub(crate) fn set_faults(&self, bits: u32, rtnl: &Rtnl) {
        let faults = &self.registers.faults;
        // An engine that runs just now might cut the cable after this, or keep to itself what it
        // has completed. When these are dropped both look again: there is work, perhaps.
        let mut card = self.hold(rtnl);
        let now = net::now();
        if faults.has(Fault::HangEngine) {
            card.tx.goes_on(now);
        }
        faults.set(bits);
        if !faults.has(Fault::FlapCarrier) {
            self.medium().set_cut(self.end, false, now);
        }
    }

    /// Has the engines of the card look again.
    pub(crate) fn kick_later(&self) {
        self.card.kick_later();
    }

    /// The port at the other end, if it is up.
    pub(crate) fn peer(&self, rtnl: &Rtnl) -> Option<DeviceRef<T>> {
        self.segment.port(1usize.wrapping_sub(self.end), rtnl)
    }

    /// The port has come up, or ([`None`]) gone down.
    pub(crate) fn set_port(&self, port: Option<DeviceRef<T>>, rtnl: &Rtnl) {
        self.segment.set_port(self.end, port, rtnl);
    }

    /// The port has been registered, or ([`None`]) is going to be unregistered.
    pub(crate) fn set_registered(&self, port: Option<DeviceRef<T>>, rtnl: &Rtnl) {
        self.segment.set_registered(self.end, port, rtnl);
    }

    /// The port goes for good, and its card with it. The next one here is as new.
    pub(crate) fn unplug(&self, rtnl: &Rtnl) {
        self.set_registered(None, rtnl);
        self.set_faults(0, rtnl);
        self.set_looped(false, rtnl);
    }
}
