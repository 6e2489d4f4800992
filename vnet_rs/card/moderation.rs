// SPDX-License-Identifier: GPL-2.0

//! Interrupt moderation: how long may frames wait for their interrupt?
//!
//! Each direction of a queue pair collects frames until there are enough of them, or until the
//! first of them has waited long enough. No frame is ever forgotten: the first has a deadline.
//!
//! A new card adapts: without load each frame is worth an interrupt, so that a lone one does not
//! wait, and under load many frames share one. No fixed time does both: a time that a lone frame
//! does not feel is over before many have come.
//!
//! This file is pure; times are nanoseconds. Read next: filter.rs.

/// The setting of one direction, as `ethtool -C` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moderation {
    /// The most time that the first frame waits, in microseconds; 0: as long as [`LONGEST_WAIT`].
    pub(crate) usecs: u32,
    /// The number of frames that is enough; 0: no number is.
    pub(crate) frames: u32,
    /// Time and number hold under load only; else each frame is worth an interrupt.
    pub(crate) is_adaptive: bool,
}

/// The most time that the first frame waits where only a number of frames was set, in nanoseconds.
/// Real cards have such a limit, too: without it the last frames of a burst would wait forever.
pub(crate) const LONGEST_WAIT: u64 = 10_000_000;

impl Moderation {
    /// No moderation, as ethtool says it: each frame is worth an interrupt, at once.
    pub(crate) const AT_ONCE: Self = Self {
        usecs: 0,
        frames: 1,
        is_adaptive: false,
    };

    /// The setting of a new card: a lone frame does not wait, and under load a poll takes many.
    pub(crate) const ADAPTIVE: Self = Self {
        usecs: 64,
        frames: 32,
        is_adaptive: true,
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

/// The time for which frames are counted, in nanoseconds.
const WINDOW: u64 = 100_000;
/// The number of frames in that time that is load: 80,000 in a second.
const LOAD: u32 = 8;

/// The frames that were completed since the last interrupt.
pub(crate) struct Moderator {
    frames: u32,
    /// The number that was enough when the deadline was last asked for.
    enough: u32,
    since: u64,
    /// The frames since the window began, in ns, and whether there was load before.
    counted: u32,
    counted_since: u64,
    has_load: bool,
}

impl Moderator {
    /// No frames yet.
    pub(crate) const fn new() -> Self {
        Self {
            frames: 0,
            enough: 0,
            since: 0,
            counted: 0,
            counted_since: 0,
            has_load: false,
        }
    }

    /// Counts a frame that was completed at the time `at`. Returns whether that changes the
    /// [`deadline`](Self::deadline), by the same setting.
    #[inline]
    pub(crate) fn frame(&mut self, at: u64) -> bool {
        let took = at.saturating_sub(self.counted_since);
        let changes = took >= WINDOW && self.look_for_load(at, took);
        self.counted = self.counted.saturating_add(1);
        let is_first = self.frames == 0;
        if is_first {
            self.since = at;
        }
        self.frames = self.frames.saturating_add(1);
        is_first || changes || self.frames >= self.enough
    }

    /// Ends a window that `took` so long, in ns. Returns whether the load has begun or ended.
    #[inline(never)]
    fn look_for_load(&mut self, at: u64, took: u64) -> bool {
        let has_load = self.counted >= LOAD && took < 2 * WINDOW;
        self.counted = 0;
        self.counted_since = at;
        core::mem::replace(&mut self.has_load, has_load) != has_load
    }

    /// The deadline of the pending interrupt; [`None`]: due now, and the counting starts anew. For
    /// a queue with frames that wait.
    #[inline]
    pub(crate) fn deadline(&mut self, now: u64, setting: Moderation) -> Option<u64> {
        let setting = if setting.is_adaptive && !self.has_load {
            Moderation::AT_ONCE
        } else {
            setting
        };
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
