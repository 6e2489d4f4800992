// SPDX-License-Identifier: GPL-2.0

//! Interrupt moderation: when is what has happened worth an interrupt?
//!
//! Each direction of a queue pair collects frames until there are enough of them, or until the
//! first of them has waited long enough. Nothing is ever forgotten: what waits has a deadline.
//!
//! This file is pure; times are nanoseconds. Read next: transmitter.rs.

/// The setting of one direction, as `ethtool -C` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moderation {
    /// How long the first frame may wait, in microseconds; 0: as long as [`LONGEST_WAIT`].
    pub(crate) usecs: u32,
    /// How many frames are enough; 0: no number is.
    pub(crate) frames: u32,
}

/// How long the first frame of too few waits where only their number was set, in nanoseconds. Real
/// cards have such a limit, too: or the last frames of a burst would wait forever.
pub(crate) const LONGEST_WAIT: u64 = 10_000_000;

impl Moderation {
    /// No moderation, as ethtool says it: each frame is worth an interrupt, at once.
    pub(crate) const AT_ONCE: Self = Self {
        usecs: 0,
        frames: 1,
    };

    /// Whether it has a limit: without one there would never be an interrupt. `struct
    /// ethtool_coalesce` calls that illegal.
    pub(crate) const fn has_limit(&self) -> bool {
        self.usecs != 0 || self.frames != 0
    }

    /// The same for a ring of so many descriptors: half of them are enough frames, however many
    /// were asked for. Or the ring would be full before anybody is told.
    ///
    /// Real cards have such a threshold, too: RDMT0 of Intel's e1000.
    #[inline]
    pub(crate) fn of_ring(self, size: u32) -> Self {
        let half = if size > 1 { size / 2 } else { 1 };
        let frames = match self.frames {
            frames if frames != 0 && frames < half => frames,
            _ => half,
        };
        Self { frames, ..self }
    }

    /// How long the first frame may wait, in nanoseconds.
    #[inline]
    fn wait(&self) -> u64 {
        match self.usecs {
            0 => LONGEST_WAIT,
            usecs => u64::from(usecs).saturating_mul(1000),
        }
    }
}

/// The earlier of two times, if there are any.
#[inline]
pub(crate) fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if one < other { one } else { other }),
        (one, other) => one.or(other),
    }
}

/// The frames that are done since the last interrupt.
pub(crate) struct Moderator {
    frames: u32,
    since: u64,
}

impl Moderator {
    /// Nothing has happened.
    pub(crate) const fn new() -> Self {
        Self {
            frames: 0,
            since: 0,
        }
    }

    /// A frame is done at the time `at`.
    #[inline]
    pub(crate) fn frame(&mut self, at: u64) {
        if self.frames == 0 {
            self.since = at;
        }
        self.frames = self.frames.saturating_add(1);
    }

    /// Until when an interrupt for the frames that are done may wait; [`None`] if it is time for
    /// it, and then all starts anew. To be asked while there are such.
    #[inline]
    pub(crate) fn deadline(&mut self, now: u64, setting: Moderation) -> Option<u64> {
        let enough = setting.frames != 0 && self.frames >= setting.frames;
        let deadline = self.since.saturating_add(setting.wait());
        if enough || now >= deadline {
            self.frames = 0;
            return None;
        }
        Some(deadline)
    }
}
