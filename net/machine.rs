// SPDX-License-Identifier: GPL-2.0

//! The code that runs in softirq. Read next: softirq.rs.

/// The next run that a machine wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// To run again at this time, in ns of the monotonic clock.
    At(u64),
    /// To run when it is kicked. There may be work already.
    Idle,
    /// To run when it is kicked, but at this time at the latest, in ns of the monotonic clock.
    IdleUntil(u64),
}

impl Next {
    /// This, or something else that has to be done at `time`.
    pub(crate) fn or_at(self, time: Option<u64>) -> Self {
        match (self, time) {
            (Next::At(one), Some(other)) => Next::At(one.min(other)),
            (Next::IdleUntil(one), Some(other)) => Next::IdleUntil(one.min(other)),
            (Next::Idle, Some(time)) => Next::IdleUntil(time),
            (next, None) => next,
        }
    }
}

/// A machine: code with a state that one CPU at a time runs.
///
/// All operations run with bottom halves off, in softirq or in an xmit, and may not sleep.
pub(crate) trait Machine: Send + Sized + 'static {
    /// The part of the machine that others can see while it runs.
    type Shared: Send + Sync + 'static;

    /// A kick or the timer begins a series of runs.
    ///
    /// - The caller has the turn. One or several [`run`](Self::run) follow, without another
    ///   `begin`.
    #[inline]
    fn begin(&mut self) {}

    /// Does the work that there is at `now`, in ns of the monotonic clock.
    ///
    /// - C: the callback of a `struct hrtimer` in a softirq mode. The caller has the turn.
    /// - All stores before a kick are seen in the run that begins after it.
    /// - `fired` in the first run after the timer has fired.
    /// - Returns when to run next; a kick may come earlier.
    fn run(&mut self, shared: &Self::Shared, now: u64, fired: bool) -> Next;

    /// Returns the machines that runs have passed something on to since the last call, a bit each.
    ///
    /// - The caller has the turn.
    #[inline]
    fn passes_on(&mut self) -> u32 {
        0
    }

    /// Kicks the machines `to` at `now`.
    ///
    /// - The caller has let go of the turn, so a machine that kicks another one does not keep its
    ///   own from others meanwhile.
    #[inline]
    fn pass_on(_shared: &Self::Shared, _to: u32, _now: u64) {}
}
