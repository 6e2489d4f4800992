// SPDX-License-Identifier: GPL-2.0

//! Tries every interleaving, and says how many there were.

use std::{
    env,
    panic,
    process::{
        self,
        Command, //
    },
    sync::{
        atomic::{
            AtomicUsize,
            Ordering::Relaxed, //
        },
        Arc, //
    },
    time::Instant, //
};

/// How often a thread may be interrupted in one interleaving, where it could have gone on.
/// Without a bound that is as often as it has steps.
type Bound = Option<usize>;

/// Set in a process that is to break one scenario: its name.
const BREAK: &str = "VNET_LOOM_BREAK";
/// How such a process ends if it does.
const BROKEN: i32 = 42;

/// Explores `scenario`, and counts its interleavings.
fn explore(bound: Bound, count: &Arc<AtomicUsize>, scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = bound;
    builder.max_branches = 10_000;
    let count = count.clone();
    builder.check(move || {
        count.fetch_add(1, Relaxed);
        scenario();
    });
}

fn in_words(bound: Bound) -> String {
    bound.map_or("none".into(), |bound| bound.to_string())
}

/// All interleavings of `scenario` are right.
pub fn holds(name: &str, bound: Bound, scenario: impl Fn() + Send + Sync + 'static) {
    if env::var_os(BREAK).is_some() {
        return;
    }
    let (count, begin) = (Arc::default(), Instant::now());
    explore(bound, &count, scenario);
    println!(
        "loom: holds: {name}: {} interleavings, preemption bound: {}, {:.1} s",
        count.load(Relaxed),
        in_words(bound),
        begin.elapsed().as_secs_f32(),
    );
}

/// One of the interleavings of `scenario` breaks `property`. `place` names the file with the
/// mistake.
pub fn caught(
    name: &str,
    place: &str,
    property: &str,
    bound: Bound,
    scenario: impl Fn() + Send + Sync + 'static,
) {
    match env::var(BREAK) {
        Ok(other) if other == name => return explore_and_break(bound, scenario),
        Ok(_) => return,
        Err(_) => (),
    }
    // In a process of its own, as loom's state does not survive a panic.
    let mut this = Command::new(env::current_exe().unwrap());
    let output = this.arg("--nocapture").env(BREAK, name).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(BROKEN),
        "not caught: {name}: {said}"
    );
    let words = said.lines().find_map(|line| line.strip_prefix("broken: "));
    let words = words.unwrap_or_default();
    assert!(
        words.starts_with(property),
        "{name}: caught by something else: {words}"
    );
    let bound = in_words(bound);
    println!("loom: caught: {name} (in {place}): {words}, preemption bound: {bound}");
}

/// In that process: ends it at the first interleaving that is wrong.
fn explore_and_break(bound: Bound, scenario: impl Fn() + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let words = payload.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| payload.downcast_ref().copied());
        let words = words.unwrap_or_default().lines().next();
        let count = counted.load(Relaxed);
        println!(
            "\nbroken: {}, interleaving {count}",
            words.unwrap_or_default()
        );
        process::exit(BROKEN);
    }));
    explore(bound, &count, scenario);
}
