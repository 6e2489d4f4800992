// SPDX-License-Identifier: GPL-2.0

//! A port's plug: the port's place at one end of a wiring, and the card there.

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
use super::wiring::Wiring;
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

/// The most time that a port that goes down waits until the cable has all it sent, in ms.
const HAND_OVER_TIMEOUT_MS: u32 = 1000;

/// The port's end of a wiring.
pub(crate) struct Plug<T: Parts> {
    wiring: Arc<Wiring<T>>,
    end: usize,
    card: Card,
    /// The register block of the card.
    pub(crate) registers: Arc<Registers>,
    /// The counters that the cable has for this end.
    pub(crate) counters: EndCounters,
}

impl<T: Parts> Plug<T> {
    /// The plug of an end without a port, with a card that is as new. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EINVAL` if there is no such end.
    pub(crate) fn new(wiring: &Arc<Wiring<T>>, end: usize) -> Result<Self> {
        let card = wiring.card(end).ok_or(EINVAL)?.clone();
        let counters = EndCounters {
            out: Arc::new(LineCounters::new(), GFP_KERNEL)?,
            ..card.counters.clone()
        };
        let registers = Arc::new(Registers::new()?, GFP_KERNEL)?;
        card.far
            .change(&mut |arrivals| arrivals.counters = counters.out.clone());
        Ok(Self {
            wiring: wiring.clone(),
            end,
            card,
            registers,
            counters,
        })
    }

    /// The wiring.
    pub(crate) fn wiring(&self) -> &Arc<Wiring<T>> {
        &self.wiring
    }

    /// The medium of the cable.
    #[inline]
    pub(crate) fn medium(&self) -> &Arc<Medium> {
        &self.wiring.cable.medium
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

    /// Whether the wire has ever had a rate, so that the card needs the doorbell's time.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.medium().is_timed(self.end)
    }

    /// The overhead of a frame on the wire, in bytes.
    pub(crate) fn overhead(&self) -> u32 {
        self.medium().pace(self.end).overhead
    }

    /// Rings the doorbell: the card looks at all that was published. `now` has just been read of
    /// the monotonic clock, in ns. Bottom halves must be off.
    #[inline]
    pub(crate) fn ring(&self, now: u64) {
        self.card.tx.kick(now);
    }

    /// The card.
    pub(crate) fn card(&self) -> &Card {
        &self.card
    }

    /// Stops the card until the result is dropped, for a change of it. May sleep.
    pub(crate) fn hold(&self, _rtnl: &Rtnl) -> HeldCard<'_> {
        self.card.hold()
    }

    /// The interrupt lines and registers for an engine of a port that comes up.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the port does not come up.
    pub(crate) fn board(&self, dev: &Device<T>, rtnl: &Rtnl) -> Result<Board> {
        Ok(Board {
            lines: dev.interrupts(rtnl).ok_or(ENODEV)?,
            registers: self.registers.clone(),
        })
    }

    /// Whether frames that are sent arrive somewhere.
    pub(crate) fn has_link(&self) -> bool {
        self.is_looped() || self.medium().has_link(self.end)
    }

    /// Whether the card's output is connected with its input.
    pub(crate) fn is_looped(&self) -> bool {
        self.medium().is_looped(self.end)
    }

    /// Connects the card's output with its input, or with the cable again. Frames on the cable
    /// arrive. May sleep.
    pub(crate) fn set_looped(&self, on: bool, rtnl: &Rtnl) {
        self.hold(rtnl).tx.looped = on;
        self.medium().set_looped(self.end, on);
        self.kick_peer();
    }

    /// Tells the other end that the card receives, or does not any more. May sleep.
    pub(crate) fn set_receives(&self, on: bool) {
        self.medium().set_receives(self.end, on);
        self.kick_peer();
    }

    /// Has the card at the other end look whether it has a link. May sleep.
    fn kick_peer(&self) {
        if let Some(peer) = self.wiring.card(1usize.wrapping_sub(self.end)) {
            peer.look_for_link();
        }
    }

    /// Waits until the receiving engine has taken all skbs out of the FIFO: after that frames on
    /// their way are the cable's, and need neither this port nor its namespace. The card has no
    /// rings. May sleep.
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

    /// Replaces the card's faults. May sleep.
    pub(crate) fn set_faults(&self, bits: u32, rtnl: &Rtnl) {
        let faults = &self.registers.faults;
        // An engine that runs meanwhile might cut the cable after this, or not interrupt for frames
        // that it has completed. Both engines look again when `card` is dropped.
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

    /// Kicks both engines of the card. Any context.
    pub(crate) fn kick_later(&self) {
        self.card.kick_later();
    }

    /// The port at the other end, if it is up.
    pub(crate) fn peer(&self, rtnl: &Rtnl) -> Option<DeviceRef<T>> {
        self.wiring.port(1usize.wrapping_sub(self.end), rtnl)
    }

    /// Notes that the port has come up, or ([`None`]) gone down.
    pub(crate) fn set_port(&self, port: Option<DeviceRef<T>>, rtnl: &Rtnl) {
        self.wiring.set_port(self.end, port, rtnl);
    }

    /// Notes that the port has been registered, or ([`None`]) will be unregistered.
    pub(crate) fn set_registered(&self, port: Option<DeviceRef<T>>, rtnl: &Rtnl) {
        self.wiring.set_registered(self.end, port, rtnl);
    }

    /// Takes the port and its card away for good: the next port here has a card as new. May sleep.
    pub(crate) fn unplug(&self, rtnl: &Rtnl) {
        self.set_registered(None, rtnl);
        self.set_faults(0, rtnl);
        self.set_looped(false, rtnl);
    }
}
