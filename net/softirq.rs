// SPDX-License-Identifier: GPL-2.0

//! State that belongs to one softirq at a time, with a timer.
//!
//! A [`Softirq`] holds a [`Machine`] and runs it when it is kicked or when its
//! timer fires. What the machine says then is what happens next:
//!
//! | | who has it | a kick | the timer |
//! |---|---|---|---|
//! | [`Next::Idle`] | nobody | runs it | is off |
//! | [`Next::IdleUntil`] | nobody | runs it | is an alarm, and kicks |
//! | [`Next::At`] | the timer | does nothing | runs it |
//!
//! So the machine needs no lock, and who finds that somebody has it goes on: that one looks
//! for work again before it lets go for good (turn.rs).
//!
//! The machine runs with bottom halves off, in softirq or in an xmit. Only to stop it
//! and to kick it later is for process context.

use super::turn::Turn;
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
}

/// What there is one of.
struct Held<M> {
    machine: M,
    /// What the timer stands at as an alarm, if it has not gone off.
    alarm: Option<u64>,
}

/// # Invariants
///
/// `held` is only reached by who has the turn.
#[pin_data(PinnedDrop)]
pub(crate) struct Softirq<M: Machine> {
    turn: Turn,
    held: UnsafeCell<Held<M>>,
    shared: M::Shared,
    #[pin]
    timer: HrTimer<Self>,
}

// SAFETY: `held` has one user at a time (invariants) and may be sent; the rest
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
        if this.turn.fired() {
            this.get_ref().work(true);
        }
        // Where the machine wants to run again, the timer has been enqueued anew.
        HrTimerRestart::NoRestart
    }
}

impl<M: Machine> Softirq<M> {
    /// An idle machine.
    pub(crate) fn new(machine: M, shared: M::Shared) -> impl PinInit<Self> {
        pin_init!(Self {
            turn: Turn::new(),
            held: UnsafeCell::new(Held {
                machine,
                alarm: None,
            }),
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
        if self.turn.ring() {
            self.work(false);
        }
    }

    /// Has the machine run soon, on the timer's turn. Any context.
    pub(crate) fn kick_later(&self) {
        if self.turn.ring() {
            self.run_at(now());
        }
    }

    /// Runs the machine until it waits for something. The caller has the turn.
    fn work(&self, fired: bool) {
        for round in 0..ROUNDS {
            let gone_off = self.turn.begin();
            // SAFETY: the caller has the turn, so nobody else reaches it (type invariant).
            let held = unsafe { &mut *self.held.get() };
            if gone_off {
                held.alarm = None;
            }
            match held.machine.run(&self.shared, now(), fired && round == 0) {
                Next::At(time) => return self.run_at(time),
                Next::IdleUntil(time) => {
                    if held.alarm.replace(time) != Some(time) {
                        self.arm(time);
                    }
                }
                Next::Idle => {
                    if held.alarm.take().is_some() {
                        self.disarm();
                    }
                }
            }
            if !self.turn.let_go() {
                return;
            }
        }
        // Others keep bringing work. Let this CPU do something else for a moment.
        self.run_at(now());
    }

    /// Has the timer run the machine. The caller has the turn, and has it no more.
    fn run_at(&self, time: u64) {
        // SAFETY: the caller has the turn, so nobody else reaches it (type invariant).
        unsafe { (*self.held.get()).alarm = None };
        self.turn.hand_over();
        self.arm(time);
    }

    /// Has the timer fire at `time`, and not when it was to.
    fn arm(&self, time: u64) {
        let expires = i64::try_from(time).unwrap_or(i64::MAX);
        // SAFETY: the timer was set up with this mode and lives as long as `self`;
        // `drop` cancels it. Any context may enqueue a timer, also where it is enqueued
        // or its callback runs.
        unsafe {
            bindings::hrtimer_start_range_ns(
                Self::c_timer_ptr(self).cast_mut(),
                expires,
                0,
                bindings::hrtimer_mode_HRTIMER_MODE_ABS_SOFT,
            );
        }
    }

    /// Has the timer not fire; unless it is too late, which does no harm.
    fn disarm(&self) {
        // SAFETY: the timer is set up and valid; the function waits for nobody.
        unsafe { bindings::hrtimer_try_to_cancel(Self::c_timer_ptr(self).cast_mut()) };
    }

    /// Takes the machine away from everybody until the result is dropped; then it runs.
    /// Waits for one that runs. Process context.
    pub(crate) fn stop(&self) -> Stopped<'_, M> {
        // Who runs it right now is soon through, and lets go or hands it to the timer.
        while !self.turn.seize() {
            core::hint::spin_loop();
        }
        // INVARIANT: we have seized the turn.
        Stopped { softirq: self }
    }
}

#[pinned_drop]
impl<M: Machine> PinnedDrop for Softirq<M> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: the timer is set up and valid. The function waits for a running callback,
        // which does not call it. Nobody can kick any more, so that one was the last to arm it.
        unsafe { bindings::hrtimer_cancel(Self::c_timer_ptr(&*self).cast_mut()) };
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
/// We have the turn.
pub(crate) struct Stopped<'a, M: Machine> {
    softirq: &'a Softirq<M>,
}

impl<M: Machine> Deref for Stopped<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        // SAFETY: nobody else has the machine (type invariant).
        unsafe { &(*self.softirq.held.get()).machine }
    }
}

impl<M: Machine> DerefMut for Stopped<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        // SAFETY: nobody else has the machine (type invariant), and we are
        // borrowed mutably.
        unsafe { &mut (*self.softirq.held.get()).machine }
    }
}

impl<M: Machine> Drop for Stopped<'_, M> {
    fn drop(&mut self) {
        // What the timer was armed for, if it was, is for the machine to know; and who
        // came in the meantime counts on us. So it runs.
        self.softirq.run_at(now());
    }
}
