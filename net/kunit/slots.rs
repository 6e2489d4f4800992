// SPDX-License-Identifier: GPL-2.0

//! The ends of a ring: each touches a slot only while it is its own.

use super::{
    super::{
        slots,
        softirq::now,
        DropReason, //
    },
    check,
    witness::sent, //
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
        Arc,
        Completion, //
    },
    workqueue, //
};

/// A value that counts its drops.
struct Counted(Arc<Atomic<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Full);
    }
}

/// Tries until it works, but not for long.
fn spin<R>(mut attempt: impl FnMut() -> Option<R>) -> Result<R> {
    let end = now() + 10_000_000_000;
    while now() < end {
        if let Some(result) = attempt() {
            return Ok(result);
        }
        core::hint::spin_loop();
    }
    Err(ETIMEDOUT)
}

/// Completes a posted slot; says whether it was one.
fn complete<T: Send>(work: &mut slots::Work<T>, index: u32) -> bool {
    work.posted(index).map(slots::Posted::complete).is_some()
}

/// Completes values as they are posted, until there were so many.
fn complete_all(mut work: slots::Work<u32>, first: u32, count: u32) {
    for at in 0..count {
        if spin(|| complete(&mut work, first.wrapping_add(at)).then_some(())).is_err() {
            return;
        }
    }
}

/// Posts values and takes them back in order. Returns how many it got.
fn post_and_reap(
    mut post: slots::Post<u32>,
    mut reap: slots::Reap<u32>,
    first: u32,
    count: u32,
) -> Result<u32> {
    let (mut posted, mut reaped) = (0, 0);
    while reaped < count {
        while posted < count && post.put(first.wrapping_add(posted), posted).is_ok() {
            posted += 1;
        }
        if spin(|| reap.take(first.wrapping_add(reaped)))? != reaped {
            return Err(EIO);
        }
        reaped += 1;
    }
    Ok(reaped)
}

#[kunit_tests(net_slots)]
mod suite {
    use super::*;

    #[test]
    fn size_is_a_power_of_two() -> Result {
        for size in [1, 2, 64, 4096, 1 << 16] {
            check!(slots::new::<u32>(size).is_ok());
        }
        for size in [0, 3, 6, 4095, 1 << 17, 1 << 31, u32::MAX] {
            check!(slots::new::<u32>(size).err() == Some(EINVAL));
        }
        Ok(())
    }

    #[test]
    fn a_value_goes_round() -> Result {
        let (mut post, mut work, mut reap) = slots::new(4)?;
        check!(post.put(0, 41).is_ok());
        *work.posted(0).ok_or(ENOENT)? += 1;
        check!(complete(&mut work, 0));
        check!(reap.take(0) == Some(42));
        check!(post.put(0, 43).is_ok());
        Ok(())
    }

    #[test]
    fn an_end_sees_only_its_own() -> Result {
        let (mut post, mut work, mut reap) = slots::new(1)?;
        // Free: the poster's.
        check!(work.posted(0).is_none());
        check!(!complete(&mut work, 0));
        check!(reap.take(0).is_none());
        // Posted: the worker's.
        check!(post.put(0, 1).is_ok());
        check!(post.put(0, 2) == Err(2));
        check!(reap.take(0).is_none());
        check!(work.posted(0).is_some_and(|value| *value == 1));
        // Done: the reaper's.
        check!(complete(&mut work, 0));
        check!(!complete(&mut work, 0));
        check!(work.posted(0).is_none());
        check!(post.put(0, 3) == Err(3));
        check!(reap.take(0) == Some(1));
        check!(reap.take(0).is_none());
        Ok(())
    }

    #[test]
    fn a_full_ring_takes_no_more() -> Result {
        let (mut post, mut work, mut reap) = slots::new(4)?;
        for value in 0..4 {
            check!(post.put(value, value).is_ok());
        }
        check!(post.put(4, 4) == Err(4));
        check!(complete(&mut work, 0));
        check!(post.put(4, 4) == Err(4));
        check!(reap.take(0) == Some(0));
        check!(post.put(4, 4).is_ok());
        check!(post.put(5, 5) == Err(5));
        Ok(())
    }

    #[test]
    fn indices_wrap() -> Result {
        let (mut post, mut work, mut reap) = slots::new(8)?;
        let first = u32::MAX - 9;
        for round in 0..5 {
            let indices = || (0..8).map(move |at| first.wrapping_add(8 * round + at));
            for index in indices() {
                check!(post.put(index, index).is_ok());
            }
            for index in indices() {
                check!(complete(&mut work, index));
            }
            for index in indices() {
                check!(reap.take(index) == Some(index));
            }
        }
        Ok(())
    }

    #[test]
    fn what_is_left_is_dropped_once() -> Result {
        let drops = Arc::new(Atomic::new(0), GFP_KERNEL)?;
        let count = || drops.load(Relaxed);
        let (mut post, mut work, mut reap) = slots::new(8)?;
        for index in 0..6 {
            check!(post.put(index, Counted(drops.clone())).is_ok());
        }
        for index in 0..4 {
            check!(complete(&mut work, index));
        }
        let taken = (reap.take(0), reap.take(1));
        check!(count() == 0);
        drop(taken);
        check!(count() == 2);
        // Two are done, two are posted, four are free.
        drop((post, reap));
        check!(count() == 2);
        drop(work);
        check!(count() == 6);
        Ok(())
    }

    #[test]
    fn a_purge_frees_with_a_reason() -> Result {
        let (mut post, mut work, mut reap) = slots::new(2)?;
        let (one, first) = sent(60)?;
        let (other, second) = sent(60)?;
        check!(post.put(0, one).is_ok());
        check!(post.put(1, other).is_ok());
        check!(complete(&mut work, 0));
        reap.take(0).ok_or(ENOENT)?.consume();
        check!(first.consumed_once() && second.alive());
        check!(complete(&mut work, 1));
        reap.take(1).ok_or(ENOENT)?.discard(DropReason::QueuePurge);
        check!(second.dropped_once(DropReason::QueuePurge));
        check!(first.consumed_once());
        Ok(())
    }

    #[test]
    fn two_cpus_share_a_ring() -> Result {
        const COUNT: u32 = 2000;
        let first = u32::MAX - COUNT / 2;
        let (post, work, reap) = slots::new(16)?;
        let done = Arc::pin_init(Completion::new(), GFP_KERNEL)?;
        let theirs = done.clone();
        workqueue::system_unbound().try_spawn(GFP_KERNEL, move || {
            complete_all(work, first, COUNT);
            theirs.complete_all();
        })?;
        let result = post_and_reap(post, reap, first, COUNT);
        // However that went: the module must not go while the other CPU is in here.
        done.wait_for_completion();
        check!(result == Ok(COUNT));
        Ok(())
    }
}
