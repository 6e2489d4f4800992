// SPDX-License-Identifier: GPL-2.0

//! Interrupt moderation: how long may frames wait for their interrupt?
//!
//! Each direction of a queue pair collects frames until there are enough of them, or until the
//! first of them has waited long enough. No frame is ever forgotten: the first has a deadline.
//!
//! This file is pure; times are nanoseconds. Read next: filter.rs.

/// The setting of one direction, as `ethtool -C` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moderation {
    /// The most time that the first frame waits, in microseconds; 0: as long as [`LONGEST_WAIT`].
    pub(crate) usecs: u32,
    /// The number of frames that is enough; 0: no number is.
    pub(crate) frames: u32,
}

/// The most time that the first frame waits where only a number of frames was set, in nanoseconds.
/// Real cards have such a limit, too: without it the last frames of a burst would wait forever.
pub(crate) const LONGEST_WAIT: u64 = 10_000_000;

impl Moderation {
    /// No moderation, as ethtool says it: each frame is worth an interrupt, at once.
    pub(crate) const AT_ONCE: Self = Self {
        usecs: 0,
        frames: 1,
    };

    /// Whether the setting has a limit: without one there would never be an interrupt. `struct
    /// ethtool_coalesce` calls that illegal.
    pub(crate) const fn has_limit(&self) -> bool {
        self.usecs != 0 || self.frames != 0
    }

    /// The setting for a ring of `size` descriptors: half of them are enough frames, whatever the
    /// setting asks for. Otherwise the ring would be full before its interrupt.
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

    /// The most time that the first frame waits, in nanoseconds.
    #[inline]
    fn wait(&self) -> u64 {
        match self.usecs {
            0 => LONGEST_WAIT,
            usecs => u64::from(usecs).saturating_mul(1000),
        }
    }
}

/// The earlier of two times.
#[inline]
pub(crate) fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if one < other { one } else { other }),
        (one, other) => one.or(other),
    }
}

/// The frames that were completed since the last interrupt.
pub(crate) struct Moderator {
    frames: u32,
    /// The number that was enough when the deadline was last asked for.
    enough: u32,
    since: u64,
}

impl Moderator {
    /// No frames yet.
    pub(crate) const fn new() -> Self {
        Self {
            frames: 0,
            enough: 0,
            since: 0,
        }
    }

    /// Counts a frame that was completed at the time `at`. Returns whether that changes the
    /// [`deadline`](Self::deadline), by the same setting.
    #[inline]
    pub(crate) fn frame(&mut self, at: u64) -> bool {
        let is_first = self.frames == 0;
        if is_first {
            self.since = at;
        }
        self.frames = self.frames.saturating_add(1);
        is_first || self.frames >= self.enough
    }

    /// The deadline of the pending interrupt; [`None`]: due now, and the counting starts anew. For
    /// a queue with frames that wait.
    #[inline]
    pub(crate) fn deadline(&mut self, now: u64, setting: Moderation) -> Option<u64> {
        self.enough = match setting.frames {
            0 => u32::MAX,
            frames => frames,
        };
        let deadline = self.since.saturating_add(setting.wait());
        if self.frames >= self.enough || now >= deadline {
            self.frames = 0;
            return None;
        }
        Some(deadline)
    }
}
