// SPDX-License-Identifier: GPL-2.0

//! The cable: what a port's NIC is plugged into, and who else is.
//!
//! ```text
//!   port 0 == NIC 0 ===cable=== NIC 1 == port 1      a pair
//!   port 0 == NIC 0 ===cable=== sink, or echo host   one port alone
//! ```
//!
//! Each NIC sends into the [`Inbox`] of the port at the other end. A port that comes up gives its
//! inbox to the NIC at the other end (or to its own, if its frames come from there: an echo host's
//! replies, a loop), and takes it back when it goes down. All of this is under RTNL.
//!
//! The link of a port works while both ends of its cable are up.

use super::{
    config::Config,
    echo::Host,
    far_end::Kind,
    inbox::Inbox,
    link::Link,
    faults::{
        Fault,
        Faults, //
    },
    nic::{
        Medium,
        Nic,
        NicShared, //
    },
    path::{
        self,
        Limits,
        Line, //
    },
    port::Port,
    watchdog,
    wire, //
};
use crate::net::{
    self,
    Device,
    DeviceRef,
    LinkOps,
    Rtnl,
    RtnlCell,
    RtnlLock,
    Softirq,
    Stopped, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::Relaxed,
            Atomic,
            AtomicFlag, //
        },
        Arc, //
    }, //
};

/// Message level (`ethtool -s vnet0 msglvl link on`): say when the link comes and goes.
///
/// C: `NETIF_MSG_LINK`.
const MESSAGES_LINK: u32 = 1 << 2;

/// One end of a cable.
struct End {
    nic: Arc<Softirq<Nic>>,
    /// The port, while it is up.
    port: RtnlCell<Option<DeviceRef<Port>>>,
    /// The port, if it belongs to a configfs item, while it is registered.
    registered: RtnlCell<Option<DeviceRef<Port>>>,
}

/// A cable.
pub(crate) struct Cable {
    medium: Arc<Medium>,
    /// What it does to frames, in both directions.
    link: RtnlCell<(Link, Limits)>,
    ends: KVec<End>,
}

/// Both engines of a cable, which stand still until this is dropped: nothing is sent or delivered.
pub(crate) struct Held<'a> {
    own: Stopped<'a, Nic>,
    peer: Option<Stopped<'a, Nic>>,
    looped: bool,
}

impl Held<'_> {
    /// The port's own NIC.
    pub(crate) fn nic(&mut self) -> &mut Nic {
        &mut self.own
    }

    /// The place of the port's inbox: with its own NIC if its frames come from there, else with the
    /// NIC at the other end.
    pub(crate) fn inbox(&mut self) -> &mut Option<Inbox> {
        match &mut self.peer {
            Some(peer) if !self.looped => &mut peer.far_end.peer,
            _ => &mut self.own.far_end.own,
        }
    }
}

/// A port's plug: its end of a cable.
pub(crate) struct Plug {
    cable: Arc<Cable>,
    end: usize,
    nic: Arc<Softirq<Nic>>,
}

/// The delay lines of one end of a cable.
struct Lines {
    out: Option<Line>,
    back: Option<Line>,
}

impl Lines {
    /// Those that `link` needs. May sleep.
    fn new(link: Link, limits: Limits) -> Result<Self> {
        if link.is_perfect() {
            return Ok(Self {
                out: None,
                back: None,
            });
        }
        Ok(Self {
            out: Some(path::line(limits)?),
            back: Some(path::line(limits)?),
        })
    }
}

impl Cable {
    fn new(rate_kbps: u32, far_ends: impl IntoIterator<Item = Kind>) -> Result<Arc<Self>> {
        let medium = Medium {
            rate_kbps: Atomic::new(rate_kbps),
            overhead: Atomic::new(wire::OVERHEAD),
            cut: AtomicFlag::new(false),
        };
        let medium = Arc::new(medium, GFP_KERNEL)?;
        let mut ends = KVec::new();
        for (end, kind) in (0..).zip(far_ends) {
            let shared = NicShared::new(medium.clone(), Arc::new(Faults::none(), GFP_KERNEL)?);
            let nic = Arc::pin_init(Softirq::new(Nic::new(kind, end), shared), GFP_KERNEL)?;
            let end = End {
                nic,
                port: RtnlCell::new(None),
                registered: RtnlCell::new(None),
            };
            ends.push(end, GFP_KERNEL)?;
        }
        let link = RtnlCell::new((Link::PERFECT, Limits::DEFAULT));
        Ok(Arc::new(Self { medium, link, ends }, GFP_KERNEL)?)
    }

    /// What the link does to frames.
    pub(crate) fn link(&self, rtnl: &Rtnl) -> (Link, Limits) {
        self.link.get(rtnl)
    }

    /// Makes it do something else, from the next frame on. `anew`: the fates begin again. May
    /// sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EBUSY` if more is on its way than the new limits allow. Then all is as before.
    pub(crate) fn set_link(&self, link: Link, limits: Limits, anew: bool, rtnl: &Rtnl) -> Result {
        // For each end, a line each way.
        let mut lines: KVec<Lines> = KVec::new();
        for _ in &self.ends {
            let lines_of_end = Lines::new(link, limits)?;
            lines.push(lines_of_end, GFP_KERNEL)?;
        }
        let mut held: KVec<Stopped<'_, Nic>> = KVec::with_capacity(self.ends.len(), GFP_KERNEL)?;
        for end in &self.ends {
            held.push(end.nic.stop(), GFP_KERNEL)?;
        }
        let fits =
            |nic: &Nic| nic.path.fits(&link, limits) && nic.far_end.back.fits(&link, limits);
        if !held.iter().all(|nic| fits(nic)) {
            return Err(EBUSY);
        }
        for (nic, lines) in held.iter_mut().zip(&mut lines) {
            nic.path.set(link, &mut lines.out, anew);
            nic.far_end.back.set(link, &mut lines.back, anew);
        }
        self.link.replace((link, limits), rtnl);
        Ok(())
    }

    /// The port at an end, if it belongs to a configfs item and is registered.
    pub(crate) fn registered(&self, end: usize, rtnl: &Rtnl) -> Option<DeviceRef<Port>> {
        self.ends.get(end)?.registered.cloned(rtnl)
    }

    /// Whether there is such a port at each end.
    pub(crate) fn is_whole(&self, rtnl: &Rtnl) -> bool {
        (0..self.ends.len()).all(|end| self.registered(end, rtnl).is_some())
    }

    /// Removes the ports that a configfs item has at this cable, those that are left.
    pub(crate) fn remove_ports(&self, links: &LinkOps<Port>, rtnl: &RtnlLock) {
        for end in &self.ends {
            if let Some(dev) = end.registered.cloned(rtnl) {
                links.remove(dev, rtnl);
            }
        }
    }

    fn plug(cable: &Arc<Self>, end: usize) -> Result<Plug> {
        Ok(Plug {
            nic: cable.ends.get(end).ok_or(EINVAL)?.nic.clone(),
            cable: cable.clone(),
            end,
        })
    }
}

impl Plug {
    /// A plug in a cable that ends at an echo host.
    pub(crate) fn echo(config: &Config) -> Result<Self> {
        let host = Host {
            mac: net::random_address(),
            hops: config.hops,
        };
        Cable::plug(&Cable::new(config.rate_kbps, [Kind::Echo(host)])?, 0)
    }

    /// A plug in a cable that ends nowhere.
    pub(crate) fn sink(config: &Config) -> Result<Self> {
        Cable::plug(&Cable::new(config.rate_kbps, [Kind::Sink])?, 0)
    }

    /// The two plugs of a cable.
    pub(crate) fn pair(config: &Config) -> Result<(Self, Self)> {
        let cable = Cable::new(config.rate_kbps, [Kind::Peer, Kind::Peer])?;
        Ok((Cable::plug(&cable, 0)?, Cable::plug(&cable, 1)?))
    }

    /// The wire's rate, in kbit/s; 0: frames take no time. Both directions have it.
    #[inline]
    pub(crate) fn rate_kbps(&self) -> u32 {
        self.cable.medium.rate_kbps.load(Relaxed)
    }

    fn set_rate_kbps(&self, rate: u32) {
        self.cable.medium.rate_kbps.store(rate, Relaxed);
    }

    /// What a frame takes on the wire besides itself, in bytes.
    pub(crate) fn overhead(&self) -> u32 {
        self.cable.medium.overhead.load(Relaxed)
    }

    /// The port's own NIC.
    #[inline]
    pub(crate) fn nic(&self) -> &Softirq<Nic> {
        &self.nic
    }

    /// What is wrong with this end.
    #[inline]
    pub(crate) fn faults(&self) -> &Arc<Faults> {
        &self.nic.shared().faults
    }

    /// Makes other things wrong with it, and looks after what is not any more.
    pub(crate) fn set_faults(&self, bits: u32, _rtnl: &Rtnl) {
        let shared = self.nic.shared();
        shared.faults.set(bits);
        // The other end may make it flap, too, and then cuts it again.
        if !shared.faults.has(Fault::FlapCarrier) {
            shared.medium.cut.store(false, Relaxed);
        }
        // An engine that comes back to life has work, perhaps.
        shared.ring_doorbell();
        self.kick_later();
    }

    /// Has all engines look again that send from or to this port.
    pub(crate) fn kick_later(&self) {
        self.cable.ends.iter().for_each(|end| end.nic.kick_later());
    }

    /// What is plugged in at the other end.
    fn other(&self) -> Option<&End> {
        self.cable.ends.get(1usize.wrapping_sub(self.end))
    }

    /// The port at the other end, if it is up.
    pub(crate) fn peer(&self, rtnl: &Rtnl) -> Option<DeviceRef<Port>> {
        self.other()?.port.cloned(rtnl)
    }

    /// The port at this end has come up, or ([`None`]) gone down.
    pub(crate) fn set_port(&self, port: Option<DeviceRef<Port>>, rtnl: &Rtnl) {
        if let Some(end) = self.cable.ends.get(self.end) {
            drop(end.port.replace(port, rtnl));
        }
    }

    /// The cable.
    pub(crate) fn cable(&self) -> &Arc<Cable> {
        &self.cable
    }

    /// The port at this end has been registered for a configfs item, or ([`None`]) is going
    /// to be unregistered, for whomever.
    pub(crate) fn set_registered(&self, port: Option<DeviceRef<Port>>, rtnl: &Rtnl) {
        if let Some(end) = self.cable.ends.get(self.end) {
            drop(end.registered.replace(port, rtnl));
        }
    }

    /// Stops the engine at the other end, if there is one, until the result is dropped.
    pub(crate) fn hold_peer(&self) -> Option<Stopped<'_, Nic>> {
        self.other().map(|other| other.nic.stop())
    }

    /// Stops both engines. `looped`: what the port sends comes back to it.
    pub(crate) fn hold(&self, looped: bool, _rtnl: &Rtnl) -> Held<'_> {
        Held {
            own: self.nic.stop(),
            peer: self.hold_peer(),
            looped,
        }
    }
}

/// Whether the link of an open port works.
fn has_link(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    let port = dev.driver();
    if port.is_looped() {
        return true;
    }
    if port.plug.cable.medium.cut.load(Relaxed) {
        return false;
    }
    if port.plug.other().is_none() {
        return true;
    }
    let peer = port.plug.peer(rtnl);
    peer.is_some_and(|peer| !peer.driver().is_looped())
}

/// Tells the stack at both ends whether the link works, after a change at one of them.
pub(crate) fn update_carrier(dev: &Device<Port>, rtnl: &Rtnl) {
    let carrier = |dev: &Device<Port>| {
        let on = dev.up(rtnl).is_some() && has_link(dev, rtnl);
        let told = dev.driver().settings.message_level() & MESSAGES_LINK != 0;
        if told && on != dev.has_carrier() {
            dev.inform(if on { c"link is up" } else { c"link is down" });
        }
        dev.set_carrier(on, rtnl);
    };
    carrier(dev);
    if let Some(peer) = dev.driver().plug.peer(rtnl) {
        carrier(&peer);
    }
}

/// Sets the rate of a port's cable, for the frames that are sent after this.
pub(crate) fn set_rate(dev: &Device<Port>, kbps: u32, rtnl: &Rtnl) {
    let port = dev.driver();
    port.plug.set_rate_kbps(kbps);
    // It is one cable: the other end has the new speed, too.
    watchdog::set_timeout(dev, rtnl);
    if let Some(peer) = port.plug.peer(rtnl) {
        watchdog::set_timeout(&peer, rtnl);
    }
}

/// Lets the link go down and come back, for both ends to see.
pub(crate) fn restart_link(dev: &Device<Port>, rtnl: &Rtnl) {
    dev.set_carrier(false, rtnl);
    if let Some(peer) = dev.driver().plug.peer(rtnl) {
        peer.set_carrier(false, rtnl);
    }
    update_carrier(dev, rtnl);
}

/// Turns the loop in the NIC on or off. The inbox moves with it.
pub(crate) fn set_looped(dev: &Device<Port>, on: bool, rtnl: &Rtnl) {
    let port = dev.driver();
    if port.is_looped() == on {
        return;
    }
    let mut held = port.plug.hold(!on, rtnl);
    let inbox = held.inbox().take();
    port.looped.store(on, Relaxed);
    held.looped = on;
    held.nic().far_end.looped = on;
    *held.inbox() = inbox;
    drop(held);
    update_carrier(dev, rtnl);
}
