// SPDX-License-Identifier: GPL-2.0

//! Losses in bursts: how long they are and how often they come; what a good and a bad link lose.

use crate::fates::{
    assert_within,
    changed,
    count,
    fates,
    link,
    BITS,
    FRAMES, //
};
use crate::vnet_rs::cable::{
    fate::Fates,
    link::{
        Link,
        MAX_PPM, //
    }, //
};

/// The lengths of the runs of lost frames.
fn bursts(link: Link, frames: u64) -> Vec<u64> {
    let mut runs = vec![0];
    for fate in fates(link, frames) {
        match (fate.lost, runs.last_mut()) {
            (true, Some(run)) => *run += 1,
            (false, Some(0)) => {}
            _ => runs.push(0),
        }
    }
    runs.retain(|&run| run > 0);
    runs
}

#[test]
fn bursts_are_as_long_and_as_frequent_as_they_should() {
    let frames = 1_000_000;
    for (enter, leave) in [(1_000, 100_000), (10_000, 250_000), (100_000, 500_000)] {
        // All is lost while the link is bad, and nothing else.
        let link = link(|link| {
            link.burst_enter_ppm = enter;
            link.burst_leave_ppm = leave;
        });
        let runs = bursts(link, frames);
        let lost = runs.iter().sum::<u64>() as f64;
        let (p, r) = (f64::from(enter) / 1e6, f64::from(leave) / 1e6);
        // The length of a burst is geometric; a cycle of good and bad has 1/p + 1/r frames.
        let count = runs.len() as f64;
        let mean = lost / count;
        let error = ((1.0 - r) / r / r / count).sqrt();
        let off = (mean - 1.0 / r).abs() / error;
        assert!(off < 3.29, "{mean} frames long with {leave} ppm");
        // The variance of the share of bad frames, of a chain of two states.
        let bad = p / (p + r);
        let memory = 1.0 - p - r;
        let error = (bad * (1.0 - bad) * (1.0 + memory) / (1.0 - memory) / frames as f64).sqrt();
        let share = lost / frames as f64;
        let off = (share - bad).abs() / error;
        assert!(off < 3.29, "{share} lost, not {bad}");
    }
}

#[test]
fn a_link_may_lose_when_good_and_not_when_bad() {
    // Bad from the first frame on.
    let always = link(|link| {
        link.burst_enter_ppm = MAX_PPM;
        link.burst_leave_ppm = 0;
    });
    assert_eq!(count(always, |fate| fate.lost), FRAMES);
    let harmless = changed(always, |link| {
        link.loss_ppm = MAX_PPM;
        link.burst_loss_ppm = 0;
    });
    assert_eq!(count(harmless, |fate| fate.lost), 0);
    let lossy = changed(always, |link| {
        link.loss_ppm = 0;
        link.burst_loss_ppm = 300_000;
    });
    assert_within(count(lossy, |fate| fate.lost), 300_000, "lost while bad");
    // Bad and good in turn.
    let turns = changed(always, |link| link.burst_leave_ppm = MAX_PPM);
    let all = fates(turns, 1000);
    let mut numbered = (0..).zip(&all);
    assert!(numbered.all(|(number, fate)| fate.lost == (number % 2 == 0)));
}

#[test]
fn without_bursts_the_link_is_good() {
    let stuck = link(|link| {
        link.burst_enter_ppm = MAX_PPM;
        link.burst_leave_ppm = 0;
    });
    let mut fates = Fates::new(0, 0);
    assert!(fates.next(&stuck, BITS).lost);
    assert!(!fates.next(&Link::PERFECT, BITS).lost);
    assert!(fates.next(&stuck, BITS).lost);
}
