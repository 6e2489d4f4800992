// SPDX-License-Identifier: GPL-2.0

//! The cable: two directions, of which one may carry no frames.
//!
//! A direction is a FIFO (fifo.rs) with the link behind it (path.rs), and has properties of its own
//! (direction.rs). A change is made at the end where frames arrive. Read next: direction.rs,
//! medium.rs, end.rs.

pub(crate) mod arrivals;
pub(crate) mod counter;
pub(crate) mod counters;
pub(crate) mod delay_line;
pub(crate) mod direction;
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
pub(crate) mod replies;
pub(crate) mod sink;
pub(crate) mod skb_frames;
pub(crate) mod wire;
pub(crate) mod wire_frames;

use self::{
    direction::Direction,
    end::End,
    limits::Lack,
    medium::Medium,
    path::Line, //
};
use crate::net::{
    memory,
    Rtnl,
    RtnlCell, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// A cable.
pub(crate) struct Cable {
    pub(crate) medium: Arc<Medium>,
    /// The directions, by the end where frames are sent.
    directions: RtnlCell<[Direction; 2]>,
    /// The end where the frames of each direction arrive; [`None`] if nobody sends any.
    ends: [Option<Arc<dyn End>>; 2],
}

impl Cable {
    /// A cable at whose ends frames arrive, over perfect links.
    pub(crate) fn new(medium: Arc<Medium>, ends: [Option<Arc<dyn End>>; 2]) -> Self {
        let directions = [0, 1].map(|end| Direction::new(medium.rate_kbps(end)));
        Self {
            medium,
            directions: RtnlCell::new(directions),
            ends,
        }
    }

    /// The properties of both directions.
    pub(crate) fn directions(&self, rtnl: &Rtnl) -> [Direction; 2] {
        self.directions.get(rtnl)
    }

    /// The lack of room for full frames at full rate, in the first direction that has one.
    pub(crate) fn lack(&self, rtnl: &Rtnl) -> Option<Lack> {
        let used = self.ends.iter().zip(self.directions(rtnl));
        let memory = memory::available();
        let mut lacks =
            used.filter_map(|(end, direction)| end.as_ref().and(direction.lack(memory)));
        lacks.next()
    }

    /// Replaces the properties of both directions from the next frame on, but for the pace, which
    /// is left to the caller. Where no limit was written, a line has room for all frames that the
    /// wire sends until the first arrives. A new seed restarts the fates. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EBUSY` if more frames are on their way than was written. Then nothing has
    /// changed.
    pub(crate) fn set(&self, new: [Direction; 2], rtnl: &Rtnl) -> Result {
        let old = self.directions(rtnl);
        if new == old {
            return Ok(());
        }
        let [ab, ba] = &self.ends;
        let wanted = [(ab, old[0], new[0]), (ba, old[1], new[1])].map(|(end, old, new)| {
            let needs = needs_new_line(&old, &new);
            end.as_ref().filter(|_| needs).map(|end| (end, new))
        });
        let memory = wanted.iter().flatten().fold(0u64, |sum, (_, new)| {
            sum.saturating_add(path::line_memory(new.limits()))
        });
        if memory > memory::available() {
            return Err(ENOMEM);
        }
        let [ab, ba] = wanted;
        let mut lines = [line_for(ab)?, line_for(ba)?];
        for (end, new) in wanted.into_iter().flatten() {
            let mut fits = true;
            end.change(&mut |arrivals| fits = arrivals.path.fits(new.written.as_limits()));
            if !fits {
                return Err(EBUSY);
            }
        }
        let ends = self.ends.iter().zip(&mut lines).zip(new);
        for (number, ((end, line), Direction { link, .. })) in ends.enumerate() {
            self.medium.set_perfect(number, link.is_perfect());
            if let Some(end) = end {
                end.change(&mut |arrivals| arrivals.path.set(link, line));
            }
        }
        self.directions.replace(new, rtnl);
        Ok(())
    }
}

/// Whether a change needs a new delay line.
fn needs_new_line(old: &Direction, new: &Direction) -> bool {
    !new.link.is_perfect() && (old.link.is_perfect() || new.limits() != old.limits())
}

/// Makes a delay line for a direction, if one is wanted. May sleep.
fn line_for(wanted: Option<(&Arc<dyn End>, Direction)>) -> Result<Option<Line>> {
    match wanted {
        None => Ok(None),
        Some((_, new)) => path::new_line(new.limits()).map(Some),
    }
}
