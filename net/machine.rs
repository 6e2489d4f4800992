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

/// Something that runs in softirq.
pub(crate) trait Machine: Send + Sized + 'static {
    /// The part that others can see of it while it runs.
    type Shared: Send + Sync + 'static;

    /// A kick or the timer begins, after which [`run`](Self::run) is called once or several times
    /// in a row.
    #[inline]
    fn begin(&mut self) {}

    /// Does the work that there is at `now`, in ns of the monotonic clock; `fired`: because the
    /// timer has.
    fn run(&mut self, shared: &Self::Shared, now: u64, fired: bool) -> Next;

    /// The machines that a run has passed something on to, a bit each, since this was called last.
    #[inline]
    fn passes_on(&mut self) -> u32 {
        0
    }

    /// Tells them `to` look for it at `now`, when the machine has been let go of: so a machine that
    /// kicks another one does not keep it from others meanwhile.
    #[inline]
    fn pass_on(_shared: &Self::Shared, _to: u32, _now: u64) {}
}
