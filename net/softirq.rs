// SPDX-License-Identifier: GPL-2.0

//! State that belongs to one softirq at a time, with a timer.
//!
//! A [`Softirq`] holds a [`Machine`] and runs it when it is kicked or when its timer fires. The
//! machine's answer decides what happens next:
//!
//! | | owner of the turn | a kick | the timer |
//! |---|---|---|---|
//! | [`Next::Idle`] | none | runs it | is off |
//! | [`Next::IdleUntil`] | none | runs it | is an alarm, and kicks |
//! | [`Next::At`] | the timer | does nothing | runs it |
//!
//! So the machine needs no lock. A CPU that finds the turn taken goes on: the owner looks for work
//! again before it lets go for good (turn.rs).
//!
//! The machine runs with bottom halves off, in softirq or in an xmit. Stopping it and kicking it
//! later are for process context.
//!
//! Only [`Softirq::stop`] waits for a machine, and sleeps meanwhile. To lockdep the turn is a lock:
//! it reports a stop that would wait for itself, or for one that waits for it.

use super::{
    bindings,
    lockdep::{
        Known,
        TurnMap, //
    },
    machine::{
        Machine,
        Next, //
    },
    turn::Turn, //
};
use core::{
    cell::UnsafeCell,
    mem::ManuallyDrop,
    ops::{
        Deref,
        DerefMut, //
    }, //
};
use kernel::{
    bindings as kernel_bindings,
    impl_has_hr_timer,
    prelude::*,
    sync::Arc,
    task::might_sleep,
    time::{
        delay::fsleep,
        hrtimer::{
            AbsoluteSoftMode,
            HasHrTimer,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerRestart, //
        },
        Delta,
        Monotonic, //
    },
    types::Opaque, //
};

/// The number of runs in a row before others get the CPU.
const ROUNDS: u32 = 16;

/// The state that only the owner of the turn reaches.
struct Held<M> {
    machine: M,
    /// The time that the timer stands at as an alarm, if it has not gone off.
    alarm: Option<u64>,
}

/// # Invariants
///
/// `held` is only reached by the owner of the turn.
#[pin_data(PinnedDrop)]
#[repr(C)]
struct Inner<M: Machine> {
    // First, so that `drop_late` finds the rest.
    late: Opaque<bindings::net_rs_late>,
    turn: Turn,
    held: UnsafeCell<Held<M>>,
    shared: M::Shared,
    #[pin]
    timer: HrTimer<Self>,
    #[pin]
    map: TurnMap,
}

// SAFETY: `held` has one user at a time (invariants) and may be sent; the rest
// is `Sync`.
unsafe impl<M: Machine> Sync for Inner<M> {}
// SAFETY: all parts may be sent.
unsafe impl<M: Machine> Send for Inner<M> {}

impl_has_hr_timer! {
    impl{M: Machine} HasHrTimer<Self> for Inner<M> {
        mode: AbsoluteSoftMode<Monotonic>, field: self.timer
    }
}

impl<M: Machine> HrTimerCallback for Inner<M> {
    type Pointer<'a> = Pin<&'a Self>;

    fn run(this: Pin<&Self>, _context: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        if this.turn.fired() {
            this.get_ref().work(now(), true);
        }
        // Where the machine wants to run again, the timer has been enqueued anew.
        HrTimerRestart::NoRestart
    }
}

impl<M: Machine> Inner<M> {
    /// Runs the machine until it waits for something; at first for the work that there is at `now`,
    /// the time that the caller has read. The caller has the turn.
    fn work(&self, mut now: u64, fired: bool) {
        let _known = self.map.taken();
        // SAFETY: the caller has the turn, so only this CPU reaches `held` (type invariant).
        unsafe { (*self.held.get()).machine.begin() };
        for round in 0..ROUNDS {
            let gone_off = self.turn.begin();
            // SAFETY: the caller has the turn, so only this CPU reaches `held` (type invariant).
            let held = unsafe { &mut *self.held.get() };
            if gone_off {
                held.alarm = None;
            }
            let next = held.machine.run(&self.shared, now, fired && round == 0);
            let to = held.machine.passes_on();
            match next {
                Next::At(time) => {
                    self.run_at(time);
                    return self.pass_on(to, now);
                }
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
            let again = self.turn.let_go();
            self.pass_on(to, now);
            if !again {
                return;
            }
            now = self::now();
        }
        // Others keep bringing work. Let this CPU do something else for a moment.
        self.run_at(now);
    }

    /// Tells others that something was passed on to them.
    #[inline]
    fn pass_on(&self, to: u32, now: u64) {
        if to != 0 {
            M::pass_on(&self.shared, to, now);
        }
    }

    /// Has the timer run the machine. The caller has the turn, and has it no more.
    fn run_at(&self, mut time: u64) {
        // SAFETY: the caller has the turn, so only this CPU reaches `held` (type invariant).
        unsafe { (*self.held.get()).alarm = None };
        loop {
            self.arm(time);
            if !self.turn.hand_over() {
                return;
            }
            // The machine knows what it waits for; another CPU may have had the turn meanwhile.
            time = now();
        }
    }

    /// Has the timer fire at `time`, in place of any earlier setting. For the owner of the turn.
    fn arm(&self, time: u64) {
        let expires = i64::try_from(time).unwrap_or(i64::MAX);
        // SAFETY: the timer was set up with this mode and lives as long as `self`;
        // `drop` cancels it. Any context may enqueue a timer, also where it is enqueued
        // or its callback runs.
        unsafe {
            kernel_bindings::hrtimer_start_range_ns(
                Self::c_timer_ptr(self).cast_mut(),
                expires,
                0,
                kernel_bindings::hrtimer_mode_HRTIMER_MODE_ABS_SOFT,
            );
        }
    }

    /// Has the timer not fire, unless it is too late, which does no harm. For the owner of the
    /// turn.
    fn disarm(&self) {
        // SAFETY: the timer is set up and valid; the function does not wait.
        unsafe { kernel_bindings::hrtimer_try_to_cancel(Self::c_timer_ptr(self).cast_mut()) };
    }
}

#[pinned_drop]
impl<M: Machine> PinnedDrop for Inner<M> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: the timer is set up and valid. The function waits for a running callback, in
        // which this is not called: see `Softirq`. There is no reference left to kick by, so that
        // callback was the last to arm the timer.
        unsafe { kernel_bindings::hrtimer_cancel(Self::c_timer_ptr(&*self).cast_mut()) };
    }
}

/// A reference to a machine, which goes with the last one.
///
/// A machine may hold a reference to itself, and drop it in a run. So a machine whose last
/// reference is dropped in a softirq, or with bottom halves off, goes a little later, in a work
/// item, when its timer's callback has returned.
///
/// A reference that is forgotten may leave a timer armed for a callback that is gone with the
/// module; so may a machine that holds itself and is not done. A machine goes before the last
/// [`LinkOps`](super::LinkOps), which waits for machines that go later.
pub(crate) struct Softirq<M: Machine>(ManuallyDrop<Arc<Inner<M>>>);

impl<M: Machine> Softirq<M> {
    /// An idle machine. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new(machine: M, shared: M::Shared) -> Result<Self> {
        let late = bindings::net_rs_late {
            drop: Some(drop_late::<M>),
            ..Default::default()
        };
        let inner = pin_init!(Inner {
            late: Opaque::new(late),
            turn: Turn::new(),
            held: UnsafeCell::new(Held {
                machine,
                alarm: None,
            }),
            shared,
            timer <- HrTimer::new(),
            map <- TurnMap::new(),
        });
        Ok(Self(ManuallyDrop::new(Arc::pin_init(inner, GFP_KERNEL)?)))
    }

    /// Runs the machine here, unless its turn is taken: then the owner sees all stores before this
    /// call. `now` is the time that the caller has just read of the monotonic clock, in ns. Bottom
    /// halves must be off.
    #[inline]
    pub(crate) fn kick(&self, now: u64) {
        if self.0.turn.ring() {
            self.0.work(now, false);
        }
    }

    /// Has the machine run soon, on the timer's turn. Any context.
    pub(crate) fn kick_later(&self) {
        if self.0.turn.ring() {
            self.0.run_at(now());
        }
    }

    /// Takes the machine away from everybody until the result is dropped; then it runs.
    /// Waits for one that runs, and sleeps meanwhile: process context, and not in
    /// [`Machine::run`]. With a machine stopped, another one is stopped only under RTNL.
    pub(crate) fn stop(&self) -> Stopped<'_, M> {
        might_sleep();
        let known = self.0.map.waited_for();
        // The CPU that runs it right now is soon through, and lets go or hands it to the timer.
        while !self.0.turn.seize() {
            fsleep(Delta::from_micros(20));
        }
        // INVARIANT: we have seized the turn.
        Stopped {
            inner: &self.0,
            _known: known,
        }
    }
}

#[cfg(net_kunit)]
impl<M: Machine> Softirq<M> {
    /// The part of the machine that others can see.
    pub(super) fn shared(&self) -> &M::Shared {
        &self.0.shared
    }

    /// Whether lockdep knows that this task has the machine.
    pub(super) fn is_known(&self) -> bool {
        self.0.map.is_known()
    }
}

impl<M: Machine> Clone for Softirq<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M: Machine> Drop for Softirq<M> {
    fn drop(&mut self) {
        // SAFETY: it is not used after this.
        let inner = unsafe { ManuallyDrop::take(&mut self.0) };
        let Some(last) = Arc::into_unique_or_drop(inner) else {
            return;
        };
        // SAFETY: asks about the context.
        if unsafe { bindings::net_rs_in_interrupt() } {
            let late = Arc::into_raw(Arc::from(last)).cast_mut().cast();
            // SAFETY: the reference is the last one, and goes to `drop_late` as it is. `late` is
            // the first field.
            unsafe { bindings::net_rs_drop_later(late) };
        }
    }
}

/// Drops the last reference to a machine, in a work item.
///
/// # Safety
///
/// `late` is that of an [`Inner<M>`], and the reference is the callee's.
unsafe extern "C" fn drop_late<M: Machine>(late: *mut bindings::net_rs_late) {
    // SAFETY: as the caller promises; `late` is the first field.
    drop(unsafe { Arc::from_raw(late.cast::<Inner<M>>().cast_const()) });
}

/// Now, in ns of the monotonic clock.
#[inline]
pub(crate) fn now() -> u64 {
    // SAFETY: callable in any context once timekeeping runs, as it does.
    let now = unsafe { kernel_bindings::ktime_get() };
    now as u64
}

/// A machine that stands still.
///
/// # Invariants
///
/// We have the turn.
pub(crate) struct Stopped<'a, M: Machine> {
    inner: &'a Inner<M>,
    // Only this thread may see the machine, and lockdep counts on that.
    _known: Known<'a>,
}

impl<M: Machine> Deref for Stopped<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        // SAFETY: we have the turn (type invariant), so only we reach the machine.
        unsafe { &(*self.inner.held.get()).machine }
    }
}

impl<M: Machine> DerefMut for Stopped<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        // SAFETY: we have the turn (type invariant), and are borrowed mutably, so only we reach the
        // machine.
        unsafe { &mut (*self.inner.held.get()).machine }
    }
}

impl<M: Machine> Drop for Stopped<'_, M> {
    fn drop(&mut self) {
        // Only the machine knows what the timer was armed for, and a kick that came in the meantime
        // counts on us. So the machine runs.
        self.inner.run_at(now());
    }
}
