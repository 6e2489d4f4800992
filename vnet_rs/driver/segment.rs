// SPDX-License-Identifier: GPL-2.0

//! A segment of the network: a cable, with the cards and ports at its ends.
//!
//! ```text
//!   port 0 == card 0 ===cable=== card 1 == port 1      a pair
//!   port 0 == card 0 ===cable=== sink, or echo host    one port alone
//! ```
//!
//! All that is here is under RTNL. Read next: plug.rs, carrier.rs.

use super::super::{
    cable::{
        echo::Host,
        wire::Pace,
        Cable, //
    },
    card::{
        self,
        send,
        Card,
        FarEnd, //
    }, //
};
use super::{
    carrier,
    config::Config,
    port::Port,
    watchdog, //
};
use crate::net::{
    self,
    Device,
    DeviceRef,
    Driver,
    LinkOps,
    Rtnl,
    RtnlCell,
    RtnlLock, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// The port at an end.
struct Place {
    /// While it is up.
    up: RtnlCell<Option<DeviceRef<Port>>>,
    /// While it is registered; not of `ip link add`, which has the cable for itself.
    registered: RtnlCell<Option<DeviceRef<Port>>>,
}

/// A cable, with the cards and ports at its ends.
pub(crate) struct Segment {
    pub(crate) cable: Cable,
    cards: KVec<Card>,
    places: [Place; 2],
}

impl Segment {
    fn new((cable, cards): (Cable, KVec<Card>)) -> Result<Arc<Self>> {
        let place = || Place {
            up: RtnlCell::new(None),
            registered: RtnlCell::new(None),
        };
        let segment = Self {
            cable,
            cards,
            places: [place(), place()],
        };
        Ok(Arc::new(segment, GFP_KERNEL)?)
    }

    /// A cable that ends at an echo host. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn echo(config: &Config) -> Result<Arc<Self>> {
        let host = Host {
            mac: net::random_address(),
            hops: config.hops,
            only4: config.only4,
            only6: config.only6,
        };
        Self::new(card::single(config.rate_kbps, FarEnd::Echo(host))?)
    }

    /// A cable that ends nowhere. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn sink(config: &Config) -> Result<Arc<Self>> {
        Self::new(card::single(config.rate_kbps, FarEnd::Sink)?)
    }

    /// A cable between two ports. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn pair(config: &Config) -> Result<Arc<Self>> {
        Self::new(card::pair(config.rate_kbps)?)
    }

    /// The card at an end.
    pub(crate) fn card(&self, end: usize) -> Option<&Card> {
        self.cards.get(end)
    }

    /// How many ends there are for ports.
    pub(crate) fn ends(&self) -> usize {
        self.cards.len()
    }

    /// The port at an end, if it is registered.
    pub(crate) fn registered(&self, end: usize, rtnl: &Rtnl) -> Option<DeviceRef<Port>> {
        self.places.get(end)?.registered.cloned(rtnl)
    }

    /// The port at an end, if it is up.
    pub(crate) fn port(&self, end: usize, rtnl: &Rtnl) -> Option<DeviceRef<Port>> {
        self.places.get(end)?.up.cloned(rtnl)
    }

    /// The port at an end has come up, or ([`None`]) gone down.
    pub(crate) fn set_port(&self, end: usize, port: Option<DeviceRef<Port>>, rtnl: &Rtnl) {
        if let Some(place) = self.places.get(end) {
            drop(place.up.replace(port, rtnl));
        }
    }

    /// The port at an end has been registered, or ([`None`]) is going to be unregistered.
    pub(crate) fn set_registered(&self, end: usize, port: Option<DeviceRef<Port>>, rtnl: &Rtnl) {
        let peer = self.registered(1usize.wrapping_sub(end), rtnl);
        if let (Some(port), Some(peer)) = (&port, peer) {
            port.link_with(&peer, rtnl);
        }
        if let Some(place) = self.places.get(end) {
            drop(place.registered.replace(port, rtnl));
        }
    }

    /// Whether there is a registered port at each end.
    pub(crate) fn is_whole(&self, rtnl: &Rtnl) -> bool {
        (0..self.ends()).all(|end| self.registered(end, rtnl).is_some())
    }

    /// Removes the ports that a configfs item has at this cable, those that are left.
    pub(crate) fn remove_ports(&self, links: &LinkOps<Port>, rtnl: &mut RtnlLock) {
        for end in 0..self.ends() {
            if let Some(port) = self.registered(end, rtnl) {
                links.remove(port, rtnl);
            }
        }
    }

    /// The faults of all cards, a bit each.
    pub(crate) fn faults(&self, rtnl: &Rtnl) -> u32 {
        let ports = (0..self.ends()).filter_map(|end| self.registered(end, rtnl));
        ports.fold(0, |all, port| all | port.driver().card().faults.bits())
    }

    /// Sets the bytes that a frame takes on the wire besides its own, for all frames but the one that
    /// is leaving. May sleep.
    pub(crate) fn set_overhead(&self, bytes: u32, rtnl: &Rtnl) {
        let mut pace = self.cable.medium.pace();
        pace.overhead = bytes;
        self.set_pace(pace, rtnl);
    }

    /// Sets the pace of both wires, for all frames but the one that is leaving on each. Each engine
    /// is told since when it holds, and makes the change when it has come to that time, however late
    /// it is. May sleep.
    fn set_pace(&self, pace: Pace, _rtnl: &Rtnl) {
        if pace == self.cable.medium.pace() {
            return;
        }
        self.cable.medium.set_pace(pace);
        let at = net::now();
        for card in &self.cards {
            send::change_pace(&card.tx, at, pace);
        }
    }
}

/// Pulls the cable of a port out, at both ends, or plugs it in again. The ports stay up; frames on
/// the cable are lost. May sleep.
pub(crate) fn set_plugged(segment: &Segment, plugged: bool, rtnl: &Rtnl) {
    if !segment.cable.medium.set_unplugged(!plugged, net::now()) {
        return;
    }
    for card in &segment.cards {
        // To kick it would not do: it may wait for a frame to leave the wire.
        drop(card.tx.stop());
        card.rx.kick_later();
        card.far.kick_later();
    }
    // It tells both ends.
    if let Some(port) = (0..segment.ends()).find_map(|end| segment.port(end, rtnl)) {
        carrier::update_carrier(&port, rtnl);
    }
}

/// Sets the rate of a port's cable, for all frames but the one that is leaving. May sleep.
///
/// # Errors
///
/// Those of [`Cable::set_link`]; then the rate is as before.
pub(crate) fn set_rate(dev: &Device<Port>, kbps: u32, rtnl: &Rtnl) -> Result {
    let port = dev.driver();
    let segment = port.plug.segment();
    let (link, written) = segment.cable.link(rtnl);
    segment.cable.set_link(link, written, kbps, rtnl)?;
    let mut pace = segment.cable.medium.pace();
    pace.rate_kbps = kbps;
    segment.set_pace(pace, rtnl);
    // It is one cable: the other end has the new speed, too.
    watchdog::set_timeout(dev, rtnl);
    carrier::speed_has_changed(dev);
    if let Some(peer) = port.plug.peer(rtnl) {
        watchdog::set_timeout(&peer, rtnl);
        carrier::speed_has_changed(&peer);
    }
    Ok(())
}

/// Makes a port of a pair, with the next free name, in the initial namespace. May sleep; RTNL must
/// not be held.
///
/// # Errors
///
/// As [`LinkOps::add`].
pub(crate) fn add_end(links: &LinkOps<Port>, port: impl Init<Port, Error>) -> Result {
    RtnlLock::with(|rtnl| {
        let dev = links.add_to(None, Port::NAME, port, rtnl)?;
        dev.driver().plug.set_registered(Some(dev.clone()), rtnl);
        Ok(())
    })?
}
