// SPDX-License-Identifier: GPL-2.0

//! The cable: a direction or two, and how long frames are on their way.
//!
//! A direction is a FIFO (fifo.rs) with the link behind it (path.rs). Both are changed where frames
//! arrive, at the ends that this has a list of. Read next: medium.rs, end.rs.

pub(crate) mod arrivals;
pub(crate) mod counter;
pub(crate) mod counters;
pub(crate) mod delay_line;
pub(crate) mod echo;
pub(crate) mod end;
pub(crate) mod ethernet;
pub(crate) mod fate;
pub(crate) mod fifo;
pub(crate) mod host;
pub(crate) mod limits;
pub(crate) mod link;
pub(crate) mod medium;
pub(crate) mod path;
pub(crate) mod prefix;
pub(crate) mod random;
pub(crate) mod sink;
pub(crate) mod wire;
pub(crate) mod wire_frames;

use self::{
    end::End,
    limits::{
        Fitted,
        Lack,
        Limits,
        Written, //
    },
    link::Link,
    medium::Medium,
    path::Path, //
};
use crate::net::{
    memory,
    Rtnl,
    RtnlCell, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::ordering::Relaxed,
        Arc, //
    }, //
};

/// A cable.
pub(crate) struct Cable {
    pub(crate) medium: Arc<Medium>,
    /// The link that it is, in both directions.
    link: RtnlCell<Fitted>,
    /// The ends of the directions.
    ends: KVec<Arc<dyn End>>,
}

impl Cable {
    /// A cable at whose ends frames arrive.
    pub(crate) fn new(medium: Arc<Medium>, ends: KVec<Arc<dyn End>>) -> Self {
        let rate = medium.pace().rate_kbps;
        let link = RtnlCell::new(Fitted::new(Link::PERFECT, Written::NOTHING, rate));
        Self { medium, link, ends }
    }

    /// The most memory that all lines with such limits take, in bytes.
    fn line_memory(&self, limits: Limits) -> u64 {
        path::line_memory(limits).saturating_mul(self.ends.len() as u64)
    }

    /// The link, and the limits that were written for it.
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
        let mut lines = KVec::new();
        for _ in &self.ends {
            lines.push(path::line_if(needs_lines, limits)?, GFP_KERNEL)?;
        }
        let most = written.as_limits();
        let mut fits = true;
        self.change(&mut |_, path| fits &= path.fits(most));
        if needs_lines && !fits {
            return Err(EBUSY);
        }
        self.medium.set_perfect(link.is_perfect());
        self.change(&mut |end, path| {
            let mut none = None;
            path.set(link, lines.get_mut(end).unwrap_or(&mut none));
        });
        self.link.replace(new, rtnl);
        Ok(())
    }

    /// Has the way to each end changed, while its engine stands still.
    fn change(&self, change: &mut dyn FnMut(usize, &mut Path)) {
        for (number, end) in self.ends.iter().enumerate() {
            end.change(&mut |arrivals| change(number, &mut arrivals.path));
        }
    }

    /// The bytes that a frame takes on the wire besides its own.
    pub(crate) fn overhead(&self) -> u32 {
        self.medium.overhead.load(Relaxed)
    }
}
