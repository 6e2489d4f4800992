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
//! Read next: cable/pace.rs, how fast; carrier.rs, when a link works.

mod pace;

use super::{
    config::Config,
    echo::Host,
    far_end::Kind,
    faults::{
        Fault,
        Faults, //
    },
    inbox::Inbox,
    limits::{
        Fitted,
        Lack,
        Limits,
        Written, //
    },
    link::Link,
    medium::Medium,
    nic::{
        Nic,
        NicShared, //
    },
    path,
    port::Port, //
};
use crate::net::{
    self,
    memory,
    DeviceRef,
    Driver,
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
        atomic::ordering::Relaxed,
        Arc, //
    }, //
};

pub(crate) use self::pace::set_rate;

/// One end of a cable.
struct End {
    /// Frames come back from the other side of the wire, and need a line of their own for that.
    has_replies: bool,
    nic: Softirq<Nic>,
    /// The port, while it is up.
    port: RtnlCell<Option<DeviceRef<Port>>>,
    /// The port, while it is registered; not of `ip link add`, which has the cable for itself.
    registered: RtnlCell<Option<DeviceRef<Port>>>,
}

/// A cable.
pub(crate) struct Cable {
    pub(super) medium: Arc<Medium>,
    /// What it does to frames, in both directions.
    link: RtnlCell<Fitted>,
    ends: KVec<End>,
}

/// Both engines of a cable, which stand still until this is dropped: nothing is sent or delivered.
pub(crate) struct Held<'a> {
    own: Stopped<'a, Nic>,
    peer: Option<Stopped<'a, Nic>>,
    pub(super) looped: bool,
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

    /// The port closes or opens its loop. Its inbox moves, as that is with the NIC which sends to the
    /// port; and with it the frames that are on their way to the port.
    pub(crate) fn set_looped(&mut self, on: bool) {
        let inbox = self.inbox().take();
        let is_up = inbox.is_some();
        self.looped = on;
        self.own.far_end.looped = on;
        *self.inbox() = inbox;
        match &mut self.peer {
            Some(peer) if on && is_up => self.own.take_arrivals(peer),
            Some(peer) if !on => self.own.give_arrivals(peer),
            _ => {}
        }
    }
}

/// A port's plug: its end of a cable.
pub(crate) struct Plug {
    pub(super) cable: Arc<Cable>,
    end: usize,
    nic: Softirq<Nic>,
}

impl Cable {
    fn new(rate_kbps: u32, far_ends: impl IntoIterator<Item = Kind>) -> Result<Arc<Self>> {
        let medium = Arc::new(Medium::new(rate_kbps), GFP_KERNEL)?;
        let pace = medium.pace();
        let mut ends = KVec::new();
        for (end, kind) in (0..).zip(far_ends) {
            let has_replies = matches!(kind, Kind::Echo(_));
            let shared = NicShared::new(medium.clone(), end, Arc::new(Faults::none(), GFP_KERNEL)?);
            let nic = Softirq::new(Nic::new(kind, end as u32, pace), shared)?;
            let end = End {
                has_replies,
                nic,
                port: RtnlCell::new(None),
                registered: RtnlCell::new(None),
            };
            ends.push(end, GFP_KERNEL)?;
        }
        let link = RtnlCell::new(Fitted::new(Link::PERFECT, Written::NOTHING, rate_kbps));
        Ok(Arc::new(Self { medium, link, ends }, GFP_KERNEL)?)
    }

    /// The most memory that all lines with such limits take, in bytes.
    pub(crate) fn line_memory(&self, limits: Limits) -> u64 {
        let back = self.ends.iter().filter(|end| end.has_replies).count();
        path::line_memory(limits).saturating_mul((self.ends.len() + back) as u64)
    }

    /// What the link does to frames, and what was written about how many it holds.
    pub(crate) fn link(&self, rtnl: &Rtnl) -> (Link, Written) {
        let now = self.link.get(rtnl);
        (now.link, now.written)
    }

    /// Whether it holds less than is on its way at full rate.
    pub(crate) fn lack(&self, rtnl: &Rtnl) -> Option<Lack> {
        let now = self.link.get(rtnl);
        let rate = self.medium.rate_kbps.load(Relaxed);
        now.written.lack(&now.link, rate, memory::available())
    }

    /// Makes it do something else, from the next frame on, and hold as many as such a wire sends
    /// meanwhile, if nothing was written. With another seed the fates begin again. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EBUSY` if more is on its way than was written. Then all is as before.
    pub(crate) fn set_link(&self, link: Link, written: Written, kbps: u32, rtnl: &Rtnl) -> Result {
        let old = self.link.get(rtnl);
        let new = Fitted::new(link, written, kbps);
        let limits = new.limits;
        if new == old {
            return Ok(());
        }
        let needs_lines = !link.is_perfect() && (old.link.is_perfect() || limits != old.limits);
        if needs_lines && self.line_memory(limits) > memory::available() {
            return Err(ENOMEM);
        }
        // For each end, a line out, and one back where something comes back.
        let mut lines = KVec::new();
        for end in &self.ends {
            let out = path::line_if(needs_lines, limits)?;
            let back = path::line_if(needs_lines && end.has_replies, limits)?;
            lines.push((out, back), GFP_KERNEL)?;
        }
        let mut held: KVec<Stopped<'_, Nic>> = KVec::with_capacity(self.ends.len(), GFP_KERNEL)?;
        for end in &self.ends {
            held.push(end.nic.stop(), GFP_KERNEL)?;
        }
        let most = written.as_limits();
        let fits = |nic: &Nic| nic.path.fits(most) && nic.far_end.back.fits(most);
        if needs_lines && !held.iter().all(|nic| fits(nic)) {
            return Err(EBUSY);
        }
        for (nic, (out, back)) in held.iter_mut().zip(&mut lines) {
            nic.path.set(link, out);
            nic.far_end.back.set(link, back);
        }
        self.link.replace(new, rtnl);
        Ok(())
    }

    /// What is wrong with any of its ends, a bit each.
    pub(crate) fn faults(&self) -> u32 {
        let bits = self.ends.iter().map(|end| end.nic.shared().faults.bits());
        bits.fold(0, |all, bits| all | bits)
    }

    /// The port at an end, if it is registered.
    pub(crate) fn registered(&self, end: usize, rtnl: &Rtnl) -> Option<DeviceRef<Port>> {
        self.ends.get(end)?.registered.cloned(rtnl)
    }

    /// How many ends there are for ports.
    pub(crate) fn ends(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is such a port at each end.
    pub(crate) fn is_whole(&self, rtnl: &Rtnl) -> bool {
        (0..self.ends.len()).all(|end| self.registered(end, rtnl).is_some())
    }

    /// Removes the ports that a configfs item has at this cable, those that are left.
    pub(crate) fn remove_ports(&self, links: &LinkOps<Port>, rtnl: &mut RtnlLock) {
        for end in 0..self.ends.len() {
            if let Some(port) = self.registered(end, rtnl) {
                links.remove(port, rtnl);
            }
        }
    }
}

impl Plug {
    /// The plug of an end that has no port.
    pub(crate) fn new(cable: &Arc<Cable>, end: usize) -> Result<Self> {
        Ok(Self {
            nic: cable.ends.get(end).ok_or(EINVAL)?.nic.clone(),
            cable: cable.clone(),
            end,
        })
    }

    /// A plug in a cable that ends at an echo host.
    pub(crate) fn echo(config: &Config) -> Result<Self> {
        let host = Host {
            mac: net::random_address(),
            hops: config.hops,
            only4: config.only4,
            only6: config.only6,
        };
        Self::new(&Cable::new(config.rate_kbps, [Kind::Echo(host)])?, 0)
    }

    /// A plug in a cable that ends nowhere.
    pub(crate) fn sink(config: &Config) -> Result<Self> {
        Self::new(&Cable::new(config.rate_kbps, [Kind::Sink])?, 0)
    }

    /// The two plugs of a cable.
    pub(crate) fn pair(config: &Config) -> Result<(Self, Self)> {
        let cable = Cable::new(config.rate_kbps, [Kind::Peer, Kind::Peer])?;
        Ok((Self::new(&cable, 0)?, Self::new(&cable, 1)?))
    }

    /// The wire's rate, in kbit/s; 0: frames take no time. Both directions have it.
    #[inline]
    pub(crate) fn rate_kbps(&self) -> u32 {
        self.cable.medium.rate_kbps.load(Relaxed)
    }

    /// Whether the NIC wants to know when the doorbell rang.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.cable.medium.is_timed()
    }

    /// What a frame takes on the wire besides itself, in bytes.
    pub(crate) fn overhead(&self) -> u32 {
        self.cable.overhead()
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
        // An engine that runs just now might cut the cable after this, or keep to itself what it
        // has completed. When these are dropped both look again: there is work, perhaps.
        let (mut nic, _peer) = (self.nic.stop(), self.hold_peer());
        if shared.faults.has(Fault::HangEngine) {
            nic.goes_on(net::now());
        }
        shared.faults.set(bits);
        if !shared.faults.has(Fault::FlapCarrier) {
            shared.medium.set_cut(self.end, false);
        }
    }

    /// Has all engines look again that send from or to this port.
    pub(crate) fn kick_later(&self) {
        for end in &self.cable.ends {
            // One that is running just now may have looked already.
            end.nic.kick_later();
        }
    }

    /// What is plugged in at the other end.
    fn other(&self) -> Option<&End> {
        self.cable.ends.get(1usize.wrapping_sub(self.end))
    }

    /// Whether there is a place for another port at the other end.
    pub(super) fn has_peer(&self) -> bool {
        self.other().is_some()
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

    /// The port at this end has been registered, or ([`None`]) is going to be unregistered.
    pub(crate) fn set_registered(&self, port: Option<DeviceRef<Port>>, rtnl: &Rtnl) {
        let peer = self.other().and_then(|other| other.registered.cloned(rtnl));
        if let (Some(port), Some(peer)) = (&port, peer) {
            port.link_with(&peer, rtnl);
        }
        if let Some(end) = self.cable.ends.get(self.end) {
            drop(end.registered.replace(port, rtnl));
        }
    }

    /// The port at this end goes for good, and its card with it. The next one here is as new.
    pub(crate) fn unplug(&self, rtnl: &Rtnl) {
        self.set_registered(None, rtnl);
        self.set_faults(0, rtnl);
        self.hold(true, rtnl).set_looped(false);
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
