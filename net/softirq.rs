// SPDX-License-Identifier: GPL-2.0

//! State that belongs to one softirq at a time, with a timer.
//!
//! A [`Softirq`] holds a [`Machine`] and runs it when it is kicked or when its
//! timer fires. `busy` says whether somebody has the machine:
//!
//! ```text
//!               kick                      Next::At
//!   idle -----------------> running ------------------> armed
//!    ^                       |   ^                        |
//!    +-----------------------+   +------------------------+
//!            Next::Idle              the timer fires
//!                                    (or, IdleUntil, kick)
//!   busy = false           \________ busy = true ______/
//! ```
//!
//! Who turns `busy` from false to true has the machine; who arms the timer hands
//! it to the timer. So the machine needs no lock, and who finds it busy goes on:
//! the one who has it looks for work again before it lets go for good.
//!
//! The machine runs with bottom halves off, in softirq or in an xmit. Only to stop it
//! and to kick it later is for process context.

use super::barrier::smp_mb;
use core::{
    cell::UnsafeCell,
    ops::{
        Deref,
        DerefMut, //
    }, //
};
use kernel::{
    bindings,
    impl_has_hr_timer,
    prelude::*,
    sync::atomic::{
        ordering::{
            Full,
            Relaxed,
            Release, //
        },
        AtomicFlag, //
    },
    time::{
        hrtimer::{
            AbsoluteSoftMode,
            HasHrTimer,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerRestart, //
        },
        Monotonic, //
    }, //
};

/// So often the machine runs in a row before others get the CPU.
const ROUNDS: u32 = 16;

/// What a machine wants next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// To run again at this time, in ns of the monotonic clock.
    At(u64),
    /// Nothing, until somebody kicks. There may be work already.
    Idle,
    /// The same, but at this time at the latest.
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
    /// What others can see of it while it runs.
    type Shared: Send + Sync + 'static;

    /// Does what there is to do at `now`, in ns of the monotonic clock; `fired`: because the timer
    /// has.
    fn run(&mut self, shared: &Self::Shared, now: u64, fired: bool) -> Next;

    /// Whether there is work. Asked after the machine has been idle, when it may
    /// be somebody else's already.
    fn pending(shared: &Self::Shared) -> bool;
}

/// # Invariants
///
/// - The timer is enqueued or its callback runs only while `busy`.
/// - `machine` is only reached by who has turned `busy` on, or was handed it; to cancel
///   the timer while it is enqueued is to be handed it.
#[pin_data(PinnedDrop)]
pub(crate) struct Softirq<M: Machine> {
    busy: AtomicFlag,
    /// Who finds the machine with the timer may take it from there.
    lazy: AtomicFlag,
    machine: UnsafeCell<M>,
    shared: M::Shared,
    #[pin]
    timer: HrTimer<Self>,
}

// SAFETY: `machine` has one user at a time (invariants) and may be sent; the rest
// is `Sync`.
unsafe impl<M: Machine> Sync for Softirq<M> {}
// SAFETY: all parts may be sent.
unsafe impl<M: Machine> Send for Softirq<M> {}

impl_has_hr_timer! {
    impl{M: Machine} HasHrTimer<Self> for Softirq<M> {
        mode: AbsoluteSoftMode<Monotonic>, field: self.timer
    }
}

impl<M: Machine> HrTimerCallback for Softirq<M> {
    type Pointer<'a> = Pin<&'a Self>;

    fn run(this: Pin<&Self>, _context: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        // The machine was handed to the timer when it was armed. Where it wants
        // to run again, the timer has been enqueued anew when this returns.
        this.get_ref().work(true);
        HrTimerRestart::NoRestart
    }
}

impl<M: Machine> Softirq<M> {
    /// An idle machine.
    pub(crate) fn new(machine: M, shared: M::Shared) -> impl PinInit<Self> {
        // INVARIANT: not busy, and the timer is not armed.
        pin_init!(Self {
            busy: AtomicFlag::new(false),
            lazy: AtomicFlag::new(false),
            machine: UnsafeCell::new(machine),
            shared,
            timer <- HrTimer::new(),
        })
    }

    /// What others can see of the machine.
    #[inline]
    pub(crate) fn shared(&self) -> &M::Shared {
        &self.shared
    }

    /// Runs the machine here, unless somebody has it: then that one will see
    /// what was published before this call. Bottom halves must be off.
    #[inline]
    pub(crate) fn kick(&self) {
        // What the caller has published must be visible before `busy` is read;
        // pairs with the barriers in `work`.
        smp_mb();
        if self.take() {
            self.work(false);
        }
    }

    /// Has the machine run soon, on the timer's turn. Any context.
    pub(crate) fn kick_later(&self) {
        smp_mb();
        if self.take() {
            self.arm(now());
        }
    }

    /// Takes the machine if nobody has it, or a timer that does not mind.
    #[inline]
    fn take(&self) -> bool {
        if !self.busy.load(Relaxed) {
            return !self.busy.xchg(true, Full);
        }
        self.lazy.load(Relaxed) && self.try_cancel()
    }

    /// Runs the machine until it waits for something. The caller has it.
    fn work(&self, fired: bool) {
        for round in 0..ROUNDS {
            self.lazy.store(false, Relaxed);
            let now = now();
            // SAFETY: the caller has turned `busy` on or was handed the machine
            // by the timer, so nobody else reaches it (invariants).
            let machine = unsafe { &mut *self.machine.get() };
            let next = machine.run(&self.shared, now, fired && round == 0);
            // The machine must be let go before we look for work: either we see the
            // work, or who brings it sees that the machine is to be had. The barriers
            // pair with the one in `kick`.
            match next {
                Next::At(time) => return self.arm(time),
                Next::IdleUntil(time) => {
                    self.lazy.store(true, Relaxed);
                    self.arm(time);
                    smp_mb();
                    if !M::pending(&self.shared) || !self.try_cancel() {
                        return;
                    }
                }
                Next::Idle => {
                    self.busy.store(false, Release);
                    smp_mb();
                    if !M::pending(&self.shared) || self.busy.xchg(true, Full) {
                        return;
                    }
                }
            }
        }
        // Others keep bringing work. Let this CPU do something else for a moment.
        self.arm(now());
    }

    /// Hands the machine to the timer.
    fn arm(&self, time: u64) {
        let expires = i64::try_from(time).unwrap_or(i64::MAX);
        // SAFETY: the timer was set up with this mode and lives as long as `self`;
        // `drop` cancels it. The caller has the machine, so the timer is not
        // enqueued; enqueueing it from its own callback is allowed.
        unsafe {
            bindings::hrtimer_start_range_ns(
                Self::c_timer_ptr(self).cast_mut(),
                expires,
                0,
                bindings::hrtimer_mode_HRTIMER_MODE_ABS_SOFT,
            );
        }
    }

    /// Takes the machine away from everybody until the result is dropped; then it runs.
    /// Waits for one that runs; cancels the timer. Process context.
    pub(crate) fn stop(&self) -> Stopped<'_, M> {
        // Each round ends well if the machine is idle or waits for the timer, and
        // else somebody is running it right now, which is short.
        while self.busy.xchg(true, Full) && !self.cancel() {
            core::hint::spin_loop();
        }
        // INVARIANT: either we turned `busy` on, or we took the machine from the
        // timer together with it.
        Stopped { softirq: self }
    }

    /// Takes the machine from the timer, if that has it and has not begun to run it.
    fn try_cancel(&self) -> bool {
        // SAFETY: the timer is set up and valid; the function waits for nobody.
        unsafe { bindings::hrtimer_try_to_cancel(Self::c_timer_ptr(self).cast_mut()) == 1 }
    }

    /// Cancels the timer. Says whether it was armed.
    fn cancel(&self) -> bool {
        // SAFETY: the timer is set up and valid. The function waits for a running
        // callback, which does not call it.
        unsafe { bindings::hrtimer_cancel(Self::c_timer_ptr(self).cast_mut()) != 0 }
    }
}

#[pinned_drop]
impl<M: Machine> PinnedDrop for Softirq<M> {
    fn drop(self: Pin<&mut Self>) {
        // Nobody can kick any more, so the timer is all that could still run.
        self.cancel();
    }
}

/// Now, in ns of the monotonic clock.
#[inline]
pub(crate) fn now() -> u64 {
    // SAFETY: callable in any context once timekeeping runs, as it does.
    let now = unsafe { bindings::ktime_get() };
    now as u64
}

/// A machine that nobody runs.
///
/// # Invariants
///
/// `busy` is on, and nobody but us has the machine.
pub(crate) struct Stopped<'a, M: Machine> {
    softirq: &'a Softirq<M>,
}

impl<M: Machine> Deref for Stopped<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        // SAFETY: nobody else has the machine (type invariant).
        unsafe { &*self.softirq.machine.get() }
    }
}

impl<M: Machine> DerefMut for Stopped<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        // SAFETY: nobody else has the machine (type invariant), and we are
        // borrowed mutably.
        unsafe { &mut *self.softirq.machine.get() }
    }
}

impl<M: Machine> Drop for Stopped<'_, M> {
    fn drop(&mut self) {
        // What the timer was armed for, if it was, is for the machine to know; and who
        // came in the meantime counts on us. So it runs.
        self.softirq.arm(now());
    }
}
