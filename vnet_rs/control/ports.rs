// SPDX-License-Identifier: GPL-2.0

//! The ports of a configfs item come and go, and change.
//!
//! A port may die at any time (`ip link del`, its namespace), under RTNL and without the item's
//! lock: then the wiring forgets it (`ndo_uninit`), and with the wiring the item. A pair with one
//! end gone counts as powered off, but the other end stays as it is: `power` makes the missing end
//! anew, and changes nothing about the other.

use super::super::{
    cable::limits::Lack,
    driver::{
        plug::Plug,
        port::Port,
        wiring::Wiring, //
    }, //
};
use super::{
    description::Description,
    parse_error::ParseError,
    write_error::WriteError, //
};
use crate::net::{
    LinkOps,
    Namespace,
    RtnlLock, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// The description of some ports, and those that live.
pub(crate) struct Ports {
    links: Arc<LinkOps<Port>>,
    /// The description as it was written.
    pub(crate) wanted: Description,
    /// The wiring that the last `power` made; its ports may have died.
    wiring: Option<Arc<Wiring<Port>>>,
}

impl Ports {
    /// A description without ports.
    pub(crate) fn new(links: Arc<LinkOps<Port>>, wanted: Description) -> Self {
        Self {
            links,
            wanted,
            wiring: None,
        }
    }

    /// The description of the ports as they are, if any of them lives.
    pub(crate) fn live(&self) -> Option<Description> {
        let wiring = self.wiring.as_ref()?;
        RtnlLock::with(|rtnl| self.wanted.live(wiring, rtnl)).ok()?
    }

    /// Whether all ports live.
    pub(crate) fn is_on(&self) -> bool {
        let wiring = self.wiring.as_ref();
        wiring.is_some_and(|wiring| RtnlLock::with(|rtnl| wiring.is_whole(rtnl)) == Ok(true))
    }

    /// Whether the port at an end lives; of an end that the wiring does not have, the other one.
    pub(crate) fn lives(&self, end: usize) -> bool {
        let wiring = self.wiring.as_ref();
        let lives = |wiring: &Arc<Wiring<Port>>| {
            let end = end.min(wiring.ends().saturating_sub(1));
            RtnlLock::with(|rtnl| wiring.registered(end, rtnl).is_some()) == Ok(true)
        };
        wiring.is_some_and(lives)
    }

    /// Changes properties that can be changed at any time. Returns, for each direction, the lack of
    /// room that comes of that.
    pub(crate) fn set_live(
        &mut self,
        set: &dyn Fn(&mut Description) -> Result<(), ParseError>,
    ) -> Result<[Option<Lack>; 2], WriteError> {
        let mut wanted = self.wanted;
        set(&mut wanted)?;
        let mut change = (self.wanted, wanted);
        if let Some(wiring) = &self.wiring {
            RtnlLock::with(|rtnl| {
                // A property that was changed by other means stays as it is.
                let Some(mut now) = self.wanted.live(wiring, rtnl) else {
                    return Ok(());
                };
                let before = now;
                set(&mut now)?;
                change = (before, now);
                now.apply(wiring, rtnl).map_err(WriteError::Failed)
            })
            .map_err(WriteError::Failed)??;
        }
        self.wanted = wanted;
        let (before, now) = change;
        let ([ab_before, ba_before], [ab, ba]) = (before.lacks(), now.lacks());
        Ok([
            ab.filter(|_| ab != ab_before),
            ba.filter(|_| ba != ba_before),
        ])
    }

    /// Makes all ports that are missing, in the network namespace of the current task, or none of
    /// them.
    pub(crate) fn power_on(&mut self) -> Result {
        let namespace = Namespace::current().ok_or(ENODEV)?;
        let wiring = RtnlLock::with(|rtnl| match &self.wiring {
            Some(wiring) if self.wanted.live(wiring, rtnl).is_some() => {
                self.repair(wiring, &namespace, rtnl)?;
                Ok(wiring.clone())
            }
            _ => self.make(&namespace, rtnl),
        })??;
        self.wiring = Some(wiring);
        Ok(())
    }

    /// Makes a new wiring with all its ports.
    fn make(&self, namespace: &Namespace, rtnl: &mut RtnlLock) -> Result<Arc<Wiring<Port>>> {
        let wiring = self.wanted.wiring()?;
        let done = (0..wiring.ends())
            .try_for_each(|end| self.add(&wiring, end, namespace, rtnl))
            .and_then(|()| self.wanted.apply(&wiring, rtnl));
        if let Err(error) = done {
            wiring.remove_ports(&self.links, rtnl);
            return Err(error);
        }
        Ok(wiring)
    }

    /// Makes the end that is missing, if one is, with the faults that were written. All else
    /// belongs to the wiring, which has been there all the time.
    fn repair(
        &self,
        wiring: &Arc<Wiring<Port>>,
        namespace: &Namespace,
        rtnl: &mut RtnlLock,
    ) -> Result {
        let missing = (0..wiring.ends()).find(|end| wiring.registered(*end, rtnl).is_none());
        let Some(end) = missing else {
            return Ok(());
        };
        self.add(wiring, end, namespace, rtnl)?;
        self.wanted.apply_faults(wiring, end, rtnl);
        Ok(())
    }

    /// Makes the port at one end of a wiring.
    fn add(
        &self,
        wiring: &Arc<Wiring<Port>>,
        end: usize,
        namespace: &Namespace,
        rtnl: &mut RtnlLock,
    ) -> Result {
        let name = match end {
            0 => &self.wanted.name,
            _ => &self.wanted.peer_name,
        };
        let port = Port::new(Plug::new(wiring, end)?, self.wanted.config);
        let dev = self
            .links
            .add_to(Some(namespace), name.as_c_str(), port, rtnl)?;
        dev.driver().plug.set_registered(Some(dev.clone()), rtnl);
        Ok(())
    }

    /// Removes the ports that live.
    pub(crate) fn power_off(&mut self) {
        if let Some(wiring) = self.wiring.take() {
            // RtnlLock::with() fails only in a task that holds RTNL, as no writer to configfs does.
            let _ = RtnlLock::with(|rtnl| wiring.remove_ports(&self.links, rtnl));
        }
    }
}

impl Drop for Ports {
    fn drop(&mut self) {
        self.power_off();
    }
}
