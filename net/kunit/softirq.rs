// SPDX-License-Identifier: GPL-2.0

//! A machine that one softirq at a time has: kicked, on its timer, stopped.

use super::{
    super::softirq::{
        now,
        Machine,
        Next,
        Softirq, //
    },
    book::{
        in_softirq,
        wait_until, //
    },
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
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

const MS: u64 = 1_000_000;

/// What a [`Worker`] has done, and is to do.
struct Sheet {
    runs: Atomic<u32>,
    fired: Atomic<u32>,
    work: Atomic<u32>,
    /// When it last ran.
    at: Atomic<u64>,
}

impl Sheet {
    fn new(work: u32) -> Result<Arc<Self>> {
        let sheet = Self {
            runs: Atomic::new(0),
            fired: Atomic::new(0),
            work: Atomic::new(work),
            at: Atomic::new(0),
        };
        Ok(Arc::new(sheet, GFP_KERNEL)?)
    }

    fn runs(&self) -> u32 {
        self.runs.load(Relaxed)
    }
}

/// A machine that does one thing in a run, and wants to wait after the first.
struct Worker {
    wait: Option<fn(u64) -> Next>,
}

impl Machine for Worker {
    type Shared = Arc<Sheet>;

    fn run(&mut self, sheet: &Arc<Sheet>, now: u64, fired: bool) -> Next {
        sheet.at.store(now, Relaxed);
        sheet.fired.fetch_add(u32::from(fired), Full);
        let work = sheet.work.load(Relaxed);
        sheet.work.store(work.saturating_sub(1), Relaxed);
        sheet.runs.fetch_add(1, Full);
        self.wait.take().map_or(Next::Idle, |next| next(now))
    }

    fn pending(sheet: &Arc<Sheet>) -> bool {
        sheet.work.load(Relaxed) > 0
    }
}

/// A machine with so much work.
fn machine(work: u32, wait: Option<fn(u64) -> Next>) -> Result<Pin<KBox<Softirq<Worker>>>> {
    KBox::pin_init(Softirq::new(Worker { wait }, Sheet::new(work)?), GFP_KERNEL)
}

#[kunit_tests(net_softirq)]
mod suite {
    use super::*;

    #[test]
    fn a_kick_runs_it_here() -> Result {
        let machine = machine(0, None)?;
        for round in 1..=3 {
            in_softirq(|| machine.kick());
            check!(machine.shared().runs() == round);
        }
        check!(machine.shared().fired.load(Relaxed) == 0);
        Ok(())
    }

    #[test]
    fn a_kick_later_runs_it_elsewhere() -> Result {
        let machine = machine(0, None)?;
        machine.kick_later();
        wait_until(|| machine.shared().runs() == 1)?;
        check!(machine.shared().fired.load(Relaxed) == 1);
        Ok(())
    }

    #[test]
    fn it_runs_until_there_is_no_work() -> Result {
        // More than others would wait for: the rest is done on the timer's turn.
        for work in [1, 5, 50] {
            let machine = machine(work, None)?;
            in_softirq(|| machine.kick());
            wait_until(|| machine.shared().runs() == work)?;
            check!(machine.shared().work.load(Relaxed) == 0);
            check!((machine.shared().fired.load(Relaxed) > 0) == (work == 50));
        }
        Ok(())
    }

    #[test]
    fn the_timer_is_not_early() -> Result {
        let machine = machine(0, Some(|now| Next::At(now + 50 * MS)))?;
        in_softirq(|| machine.kick());
        let due = machine.shared().at.load(Relaxed) + 50 * MS;
        // Who waits for a time is not to be disturbed.
        in_softirq(|| machine.kick());
        check!(machine.shared().runs() == 1 || now() >= due);
        wait_until(|| machine.shared().fired.load(Relaxed) == 1)?;
        check!(machine.shared().at.load(Relaxed) >= due);
        check!(machine.shared().runs() == 2);
        Ok(())
    }

    #[test]
    fn a_lazy_one_lets_itself_be_kicked() -> Result {
        let machine = machine(0, Some(|now| Next::IdleUntil(now + 60_000 * MS)))?;
        in_softirq(|| machine.kick());
        check!(machine.shared().runs() == 1);
        in_softirq(|| machine.kick());
        check!(machine.shared().runs() == 2);
        check!(machine.shared().fired.load(Relaxed) == 0);
        Ok(())
    }

    #[test]
    fn stopped_it_does_not_run() -> Result {
        let machine = machine(0, Some(|now| Next::At(now + 20 * MS)))?;
        in_softirq(|| machine.kick());
        let stopped = machine.stop();
        let runs = machine.shared().runs();
        in_softirq(|| machine.kick());
        machine.kick_later();
        fsleep(Delta::from_millis(50));
        check!(machine.shared().runs() == runs);
        drop(stopped);
        // Who came in the meantime counts on it.
        wait_until(|| machine.shared().runs() == runs + 1)
    }

    #[test]
    fn its_timer_goes_with_it() -> Result {
        let machine = machine(0, Some(|now| Next::At(now + 100 * MS)))?;
        let sheet = machine.shared().clone();
        in_softirq(|| machine.kick());
        drop(machine);
        let runs = sheet.runs();
        fsleep(Delta::from_millis(200));
        check!(sheet.runs() == runs);
        Ok(())
    }
}
