// SPDX-License-Identifier: GPL-2.0

//! A machine that one softirq at a time has: kicked, on its timer, stopped.

use super::{
    super::{
        machine::{
            Machine,
            Next, //
        },
        softirq::{
            now,
            Softirq, //
        },
        LinkOps, //
    },
    book::{
        in_softirq,
        wait_until, //
    },
    card::Card,
    check, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::{
                Full,
                Relaxed, //
            },
            Atomic, //
        },
        Arc, //
    },
    task::might_sleep,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

const MS: u64 = 1_000_000;

/// The runs of a [`Worker`].
struct Sheet {
    runs: Atomic<u32>,
    fired: Atomic<u32>,
    /// In how many runs lockdep knew of it.
    known: Atomic<u32>,
    /// When it last ran.
    at: Atomic<u64>,
}

impl Sheet {
    fn new() -> Result<Arc<Self>> {
        let sheet = Self {
            runs: Atomic::new(0),
            fired: Atomic::new(0),
            known: Atomic::new(0),
            at: Atomic::new(0),
        };
        Ok(Arc::new(sheet, GFP_KERNEL)?)
    }

    fn runs(&self) -> u32 {
        self.runs.load(Relaxed)
    }
}

/// A machine that wants to wait after its first run.
struct Worker {
    wait: Option<fn(u64) -> Next>,
    /// The worker that it brings work in a run, and how often.
    brings: Option<(Softirq<Worker>, u32)>,
    /// The worker that it drops in a run.
    last: Option<Softirq<Worker>>,
    gone: Option<Gone>,
}

/// Counts when it is dropped, where one may sleep.
struct Gone(Arc<Atomic<u32>>);

impl Drop for Gone {
    fn drop(&mut self) {
        might_sleep();
        self.0.fetch_add(1, Full);
    }
}

impl Machine for Worker {
    type Shared = Arc<Sheet>;

    fn run(&mut self, sheet: &Arc<Sheet>, now: u64, fired: bool) -> Next {
        sheet.at.store(now, Relaxed);
        sheet.fired.fetch_add(u32::from(fired), Full);
        sheet.runs.fetch_add(1, Full);
        if let Some((to, times)) = self.brings.take() {
            sheet.known.fetch_add(u32::from(to.is_known()), Full);
            to.kick(now);
            if times > 1 {
                self.brings = Some((to, times - 1));
            }
        }
        drop(self.last.take());
        self.wait.take().map_or(Next::Idle, |next| next(now))
    }
}

/// A machine that was not kicked yet.
fn machine(wait: Option<fn(u64) -> Next>) -> Result<Softirq<Worker>> {
    let worker = Worker {
        wait,
        brings: None,
        last: None,
        gone: None,
    };
    Softirq::new(worker, Sheet::new()?)
}

#[kunit_tests(net_softirq)]
mod suite {
    use super::*;

    #[test]
    fn a_kick_runs_it_here() -> Result {
        let machine = machine(None)?;
        for round in 1..=3 {
            in_softirq(|| machine.kick(now()));
            check!(machine.shared().runs() == round);
        }
        check!(machine.shared().fired.load(Relaxed) == 0);
        Ok(())
    }

    #[test]
    fn a_kick_later_runs_it_elsewhere() -> Result {
        let machine = machine(None)?;
        machine.kick_later();
        wait_until(|| machine.shared().runs() == 1)?;
        check!(machine.shared().fired.load(Relaxed) == 1);
        Ok(())
    }

    #[test]
    fn it_runs_while_work_is_brought() -> Result {
        // More than others would wait for: the rest is done on the timer's turn.
        for times in [1, 5, 50] {
            let machine = machine(None)?;
            // As it runs it has itself kicked, which it finds busy.
            machine.stop().brings = Some((machine.clone(), times));
            wait_until(|| machine.shared().runs() == times + 1)?;
            fsleep(Delta::from_millis(10));
            check!(machine.shared().runs() == times + 1);
            check!((machine.shared().fired.load(Relaxed) > 1) == (times == 50));
        }
        Ok(())
    }

    #[test]
    fn the_timer_is_not_early() -> Result {
        let machine = machine(Some(|now| Next::At(now + 50 * MS)))?;
        // Before the kick: if this CPU is held after it, the timer may be first.
        let due = now() + 50 * MS;
        in_softirq(|| machine.kick(now()));
        // A machine that waits for a time is not to be disturbed.
        in_softirq(|| machine.kick(now()));
        let late = now() >= due;
        check!(machine.shared().runs() == 1 || late);
        wait_until(|| machine.shared().fired.load(Relaxed) == 1)?;
        check!(machine.shared().at.load(Relaxed) >= due);
        check!(machine.shared().runs() == 2 || late);
        Ok(())
    }

    #[test]
    fn a_lazy_one_lets_itself_be_kicked() -> Result {
        let machine = machine(Some(|now| Next::IdleUntil(now + 60_000 * MS)))?;
        in_softirq(|| machine.kick(now()));
        check!(machine.shared().runs() == 1);
        in_softirq(|| machine.kick(now()));
        check!(machine.shared().runs() == 2);
        check!(machine.shared().fired.load(Relaxed) == 0);
        Ok(())
    }

    #[test]
    fn an_alarm_runs_it() -> Result {
        let machine = machine(Some(|now| Next::IdleUntil(now + 20 * MS)))?;
        let due = now() + 20 * MS;
        in_softirq(|| machine.kick(now()));
        wait_until(|| machine.shared().runs() == 2)?;
        check!(machine.shared().fired.load(Relaxed) == 1);
        check!(machine.shared().at.load(Relaxed) >= due);
        Ok(())
    }

    #[test]
    fn an_alarm_is_off_when_it_is_idle() -> Result {
        let machine = machine(Some(|now| Next::IdleUntil(now + 50 * MS)))?;
        // Before the kick: if this CPU is held after it, the alarm may be first.
        let due = now() + 50 * MS;
        in_softirq(|| machine.kick(now()));
        in_softirq(|| machine.kick(now()));
        let late = now() >= due;
        check!(machine.shared().runs() == 2 || late);
        fsleep(Delta::from_millis(100));
        check!(machine.shared().runs() == 2 || late);
        Ok(())
    }

    #[test]
    fn lockdep_knows_whose_turn_it_is() -> Result {
        if !cfg!(CONFIG_LOCKDEP) {
            return Ok(());
        }
        let machine = machine(None)?;
        check!(!machine.is_known());
        let mut stopped = machine.stop();
        stopped.brings = Some((machine.clone(), 1));
        let known = machine.is_known();
        drop(stopped);
        check!(known && !machine.is_known());
        wait_until(|| machine.shared().runs() == 2)?;
        check!(machine.shared().known.load(Relaxed) == 1);
        Ok(())
    }

    #[test]
    fn it_may_drop_itself_in_its_timer() -> Result {
        let machine = machine(None)?;
        let sheet = machine.shared().clone();
        let gone = Arc::new(Atomic::new(0), GFP_KERNEL)?;
        {
            let mut stopped = machine.stop();
            stopped.last = Some(machine.clone());
            stopped.gone = Some(Gone(gone.clone()));
            // The turn goes to the timer, and ours is not the last reference.
        }
        drop(machine);
        wait_until(|| gone.load(Relaxed) == 1)?;
        check!(sheet.runs() == 1);
        // The work item that has dropped it is done when the module goes.
        drop(LinkOps::<Card>::register()?);
        Ok(())
    }

    #[test]
    fn dropped_by_another_one() -> Result {
        let (one, other) = (machine(None)?, machine(None)?);
        let gone = Arc::new(Atomic::new(0), GFP_KERNEL)?;
        other.stop().gone = Some(Gone(gone.clone()));
        one.stop().last = Some(other);
        wait_until(|| gone.load(Relaxed) == 1)?;
        check!(one.shared().runs() == 1);
        drop(LinkOps::<Card>::register()?);
        Ok(())
    }

    #[test]
    fn stopped_it_does_not_run() -> Result {
        let machine = machine(Some(|now| Next::At(now + 20 * MS)))?;
        in_softirq(|| machine.kick(now()));
        let stopped = machine.stop();
        let runs = machine.shared().runs();
        in_softirq(|| machine.kick(now()));
        machine.kick_later();
        fsleep(Delta::from_millis(50));
        check!(machine.shared().runs() == runs);
        drop(stopped);
        // A kick that came in the meantime counts on it.
        wait_until(|| machine.shared().runs() == runs + 1)
    }

    #[test]
    fn its_timer_goes_with_it() -> Result {
        let machine = machine(Some(|now| Next::At(now + 100 * MS)))?;
        let sheet = machine.shared().clone();
        in_softirq(|| machine.kick(now()));
        drop(machine);
        let runs = sheet.runs();
        fsleep(Delta::from_millis(200));
        check!(sheet.runs() == runs);
        Ok(())
    }
}
