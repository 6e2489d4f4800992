// SPDX-License-Identifier: GPL-2.0

//! The ports of a configfs item come and go, and change.
//!
//! A port may die at any time (`ip link del`, its namespace), under RTNL and without the item's
//! lock: then the segment forgets it (`ndo_uninit`), and with the segment the item. A pair with one
//! end gone counts as powered off, but the other end stays as it is: `power` makes the missing end
//! anew, and changes nothing about the other.

use super::super::{
    cable::limits::Lack,
    driver::{
        plug::Plug,
        port::Port,
        segment::Segment, //
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
    /// The segment that the last `power` made; its ports may have died.
    segment: Option<Arc<Segment<Port>>>,
}

impl Ports {
    /// A description without ports.
    pub(crate) fn new(links: Arc<LinkOps<Port>>, wanted: Description) -> Self {
        Self {
            links,
            wanted,
            segment: None,
        }
    }

    /// The description of the ports as they are, if any of them lives.
    pub(crate) fn live(&self) -> Option<Description> {
        let segment = self.segment.as_ref()?;
        RtnlLock::with(|rtnl| self.wanted.live(segment, rtnl)).ok()?
    }

    /// Whether all ports live.
    pub(crate) fn is_on(&self) -> bool {
        let segment = self.segment.as_ref();
        segment.is_some_and(|segment| RtnlLock::with(|rtnl| segment.is_whole(rtnl)) == Ok(true))
    }

    /// Whether the port at an end lives; of an end that the segment does not have, the other one.
    pub(crate) fn lives(&self, end: usize) -> bool {
        let segment = self.segment.as_ref();
        let lives = |segment: &Arc<Segment<Port>>| {
            let end = end.min(segment.ends().saturating_sub(1));
            RtnlLock::with(|rtnl| segment.registered(end, rtnl).is_some()) == Ok(true)
        };
        segment.is_some_and(lives)
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
        if let Some(segment) = &self.segment {
            RtnlLock::with(|rtnl| {
                // A property that was changed by other means stays as it is.
                let Some(mut now) = self.wanted.live(segment, rtnl) else {
                    return Ok(());
                };
                let before = now;
                set(&mut now)?;
                change = (before, now);
                now.apply(segment, rtnl).map_err(WriteError::Failed)
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
        let segment = RtnlLock::with(|rtnl| match &self.segment {
            Some(segment) if self.wanted.live(segment, rtnl).is_some() => {
                self.repair(segment, &namespace, rtnl)?;
                Ok(segment.clone())
            }
            _ => self.make(&namespace, rtnl),
        })??;
        self.segment = Some(segment);
        Ok(())
    }

    /// Makes a new segment with all its ports.
    fn make(&self, namespace: &Namespace, rtnl: &mut RtnlLock) -> Result<Arc<Segment<Port>>> {
        let segment = self.wanted.segment()?;
        let done = (0..segment.ends())
            .try_for_each(|end| self.add(&segment, end, namespace, rtnl))
            .and_then(|()| self.wanted.apply(&segment, rtnl));
        if let Err(error) = done {
            segment.remove_ports(&self.links, rtnl);
            return Err(error);
        }
        Ok(segment)
    }

    /// Makes the end that is missing, if one is, with the faults that were written. All else
    /// belongs to the segment, which has been there all the time.
    fn repair(
        &self,
        segment: &Arc<Segment<Port>>,
        namespace: &Namespace,
        rtnl: &mut RtnlLock,
    ) -> Result {
        let missing = (0..segment.ends()).find(|end| segment.registered(*end, rtnl).is_none());
        let Some(end) = missing else {
            return Ok(());
        };
        self.add(segment, end, namespace, rtnl)?;
        self.wanted.apply_faults(segment, end, rtnl);
        Ok(())
    }

    /// Makes the port at one end of a segment.
    fn add(
        &self,
        segment: &Arc<Segment<Port>>,
        end: usize,
        namespace: &Namespace,
        rtnl: &mut RtnlLock,
    ) -> Result {
        let name = match end {
            0 => &self.wanted.name,
            _ => &self.wanted.peer_name,
        };
        let port = Port::new(Plug::new(segment, end)?, self.wanted.config);
        let dev = self
            .links
            .add_to(Some(namespace), name.as_c_str(), port, rtnl)?;
        dev.driver().plug.set_registered(Some(dev.clone()), rtnl);
        Ok(())
    }

    /// Removes the ports that live.
    pub(crate) fn power_off(&mut self) {
        if let Some(segment) = self.segment.take() {
            // This fails only in a task that holds RTNL, as no writer to configfs does.
            let _ = RtnlLock::with(|rtnl| segment.remove_ports(&self.links, rtnl));
        }
    }
}

impl Drop for Ports {
    fn drop(&mut self) {
        self.power_off();
    }
}
