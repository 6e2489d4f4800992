// SPDX-License-Identifier: GPL-2.0

//! The wiring: a cable, with the cards and ports at its ends.
//!
//! ```text
//!   port 0 == card 0 ===cable=== card 1 == port 1      a pair
//!   port 0 == card 0 ===cable=== sink, or echo host    one port alone
//! ```
//!
//! RTNL protects the wiring. Read next: plug.rs, carrier.rs.

use super::super::{
    cable::{
        direction::Direction,
        echo::Host,
        Cable, //
    },
    card::{
        self,
        send,
        Card,
        FarEnd, //
    }, //
};
use super::config::Config;
use crate::net::{
    self,
    DeviceRef,
    Driver,
    LinkOps,
    Parts,
    Rtnl,
    RtnlCell,
    RtnlLock, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// The port at an end.
struct Place<T: Parts> {
    /// The port while it is up.
    up: RtnlCell<Option<DeviceRef<T>>>,
    /// The port while it is registered. Not that of `ip link add`, whose cable nobody else knows.
    registered: RtnlCell<Option<DeviceRef<T>>>,
}

/// A cable, with the cards and ports at its ends.
pub(crate) struct Wiring<T: Parts> {
    pub(crate) cable: Cable,
    pub(crate) cards: KVec<Card>,
    places: [Place<T>; 2],
}

impl<T: Parts> Wiring<T> {
    fn new((cable, cards): (Cable, KVec<Card>)) -> Result<Arc<Self>> {
        let place = || Place {
            up: RtnlCell::new(None),
            registered: RtnlCell::new(None),
        };
        let wiring = Self {
            cable,
            cards,
            places: [place(), place()],
        };
        Ok(Arc::new(wiring, GFP_KERNEL)?)
    }

    /// A cable that ends at an echo host, with these rates of the directions, in kbit/s. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn echo(config: &Config, rates: [u32; 2]) -> Result<Arc<Self>> {
        let host = Host {
            mac: net::random_address(),
            hops: config.hops,
            only4: config.only4,
            only6: config.only6,
        };
        Self::new(card::single(rates, FarEnd::Echo(host))?)
    }

    /// A cable that ends nowhere. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn sink(rates: [u32; 2]) -> Result<Arc<Self>> {
        Self::new(card::single(rates, FarEnd::Sink)?)
    }

    /// A cable between two ports. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn pair(rates: [u32; 2]) -> Result<Arc<Self>> {
        Self::new(card::pair(rates)?)
    }

    /// The card at an end.
    pub(crate) fn card(&self, end: usize) -> Option<&Card> {
        self.cards.get(end)
    }

    /// The number of ends that have a card.
    pub(crate) fn ends(&self) -> usize {
        self.cards.len()
    }

    /// The port at an end, if it is registered.
    pub(crate) fn registered(&self, end: usize, rtnl: &Rtnl) -> Option<DeviceRef<T>> {
        self.places.get(end)?.registered.cloned(rtnl)
    }

    /// The port at an end, if it is up.
    pub(crate) fn port(&self, end: usize, rtnl: &Rtnl) -> Option<DeviceRef<T>> {
        self.places.get(end)?.up.cloned(rtnl)
    }

    /// Notes that the port at an end has come up, or ([`None`]) gone down.
    pub(crate) fn set_port(&self, end: usize, port: Option<DeviceRef<T>>, rtnl: &Rtnl) {
        if let Some(place) = self.places.get(end) {
            drop(place.up.replace(port, rtnl));
        }
    }

    /// Notes that the port at an end has been registered, or ([`None`]) will be unregistered.
    pub(crate) fn set_registered(&self, end: usize, port: Option<DeviceRef<T>>, rtnl: &Rtnl) {
        let peer = self.registered(1usize.wrapping_sub(end), rtnl);
        if let (Some(port), Some(peer)) = (&port, peer) {
            port.link_with(&peer, rtnl);
        }
        if let Some(place) = self.places.get(end) {
            drop(place.registered.replace(port, rtnl));
        }
    }

    /// Whether each end with a card has a registered port.
    pub(crate) fn is_whole(&self, rtnl: &Rtnl) -> bool {
        (0..self.ends()).all(|end| self.registered(end, rtnl).is_some())
    }

    /// Sets both directions of the cable. A new pace holds from now, for all frames but those that
    /// are leaving; an engine that is late makes the change when it has come to that time. May
    /// sleep.
    ///
    /// # Errors
    ///
    /// Those of [`Cable::set`]; then nothing has changed.
    pub(crate) fn set_directions(&self, new: [Direction; 2], rtnl: &Rtnl) -> Result {
        self.cable.set(new, rtnl)?;
        let at = net::now();
        for (end, Direction { pace, .. }) in new.into_iter().enumerate() {
            if pace == self.cable.medium.pace(end) {
                continue;
            }
            self.cable.medium.set_pace(end, pace);
            if let Some(card) = self.card(end) {
                send::change_pace(&card.tx, at, pace);
            }
        }
        Ok(())
    }
}

impl<T: Driver> Wiring<T> {
    /// Removes the ports of a configfs item that are left at this cable.
    pub(crate) fn remove_ports(&self, links: &LinkOps<T>, rtnl: &mut RtnlLock) {
        for end in 0..self.ends() {
            if let Some(port) = self.registered(end, rtnl) {
                links.remove(port, rtnl);
            }
        }
    }
}
