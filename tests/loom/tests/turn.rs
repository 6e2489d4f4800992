// SPDX-License-Identifier: GPL-2.0

//! The shipped turn.rs: one at a time has the machine, and no work is lost. And copies of it with
//! one thing done wrong (see build.rs): caught.

#[allow(dead_code)]
#[path = "common/check.rs"]
mod check;

/// The parts of net/ that the file imports.
macro_rules! barrier {
    () => {
        pub mod barrier {
            pub(in super::super) fn smp_mb() {
                loom::sync::atomic::fence(loom::sync::atomic::Ordering::SeqCst);
            }
        }
    };
}

/// The scenarios of a machine whose turns are those of one of the files.
macro_rules! scenarios {
    () => {
        use loom::{
            sync::Arc,
            thread::{
                self,
                JoinHandle, //
            }, //
        };
        use world::{
            Next::{
                At,
                IdleUntil, //
            },
            World, //
        };

        fn cpu(world: &Arc<World>, what: impl Fn(&World) + 'static) -> JoinHandle<()> {
            let world = world.clone();
            thread::spawn(move || what(&world))
        }

        fn settle(world: &World, cpus: impl IntoIterator<Item = JoinHandle<()>>) {
            for cpu in cpus {
                cpu.join().unwrap();
            }
            world.settle();
        }

        /// Three bring work.
        pub fn three_kicks() {
            let world = World::new(&[]);
            let others = [cpu(&world, World::kick), cpu(&world, World::kick)];
            world.kick();
            settle(&world, others);
        }

        /// The machine is with the timer, which fires while work is brought.
        pub fn timer_and_kick() {
            let world = World::new(&[At; 2]);
            world.kick();
            let timer = cpu(&world, World::try_fire);
            world.kick();
            settle(&world, [timer]);
        }

        /// An alarm goes off while the machine is kicked, and counts on it still; then handed to
        /// the timer.
        pub fn alarm_and_kicks() {
            let world = World::new(&[IdleUntil, IdleUntil, At, IdleUntil]);
            world.kick();
            let others = [cpu(&world, World::try_fire), cpu(&world, World::kick)];
            world.kick();
            settle(&world, others);
        }

        /// An alarm goes off while the machine is kicked, and the machine keeps it.
        pub fn alarm_and_kick() {
            let world = World::new(&[IdleUntil; 5]);
            world.kick();
            let timer = cpu(&world, World::try_fire);
            world.kick();
            settle(&world, [timer]);
        }

        /// The machine is stopped and changed meanwhile.
        pub fn timer_and_stop() {
            let world = World::new(&[At; 2]);
            world.kick();
            let timer = cpu(&world, World::try_fire);
            world.stop();
            settle(&world, [timer]);
        }

        /// The machine is handed to the timer, which is to be faster, while it is stopped and
        /// changed.
        pub fn timer_and_kick_and_stop() {
            let world = World::new(&[At; 2]);
            let others = [cpu(&world, World::kick), cpu(&world, World::try_fire)];
            world.stop();
            settle(&world, others);
        }

        /// The machine is stopped and changed, while work is brought.
        pub fn kick_and_stop() {
            let world = World::new(&[]);
            let others = [cpu(&world, World::kick), cpu(&world, World::kick)];
            world.stop();
            settle(&world, others);
        }
    };
}

#[path = "common"]
mod shipped {
    #[allow(dead_code)]
    #[path = "../../../../net"]
    pub mod net {
        barrier!();
        pub mod turn;
    }
    mod world;
    scenarios!();
}

/// A copy with one thing done wrong.
macro_rules! mutated {
    ($name:ident) => {
        #[allow(dead_code, clippy::duplicate_mod)]
        #[path = "common"]
        mod $name {
            pub mod net {
                barrier!();
                pub mod turn {
                    include!(concat!(env!("OUT_DIR"), "/", stringify!($name), "/turn.rs"));
                }
            }
            mod world;
            scenarios!();
        }
    };
}
mutated!(rings_without_barrier);
mutated!(leaves_word_and_goes);
mutated!(lets_go_without_barrier);
mutated!(does_not_look_again);
mutated!(begins_without_barrier);
mutated!(two_take_it);
mutated!(timer_does_not_ask);
mutated!(alarm_not_noticed);
mutated!(alarm_said_too_late);
mutated!(hands_over_and_goes);
mutated!(hands_over_without_barrier);
mutated!(fires_and_does_not_look);

use check::{
    caught,
    holds, //
};

const TURN: &str = "turn.rs";
const LOST: &str = "lost work";
const NO_ALARM: &str = "lost alarm";
const LATE: &str = "late timer";
/// Loom's words for two parties at the machine.
const RACE: &str = "Causality violation";
const BOUND: Option<usize> = Some(3);

#[test]
fn one_at_a_time() {
    holds("turns: 3 kicks", BOUND, shipped::three_kicks);
    holds("turns: timer and kick", None, shipped::timer_and_kick);
    holds("turns: alarm and kick", None, shipped::alarm_and_kick);
    holds("turns: alarm and 2 kicks", BOUND, shipped::alarm_and_kicks);
    holds("turns: timer and stop", None, shipped::timer_and_stop);
    holds("turns: 2 kicks and stop", BOUND, shipped::kick_and_stop);
    holds(
        "turns: timer, kick and stop",
        BOUND,
        shipped::timer_and_kick_and_stop,
    );
}

#[test]
fn no_work_is_lost() {
    let lost = |name, scenario: fn()| caught(name, TURN, LOST, BOUND, scenario);
    lost(
        "word left without a barrier",
        rings_without_barrier::three_kicks,
    );
    lost(
        "word left, not looked again",
        leaves_word_and_goes::three_kicks,
    );
    lost(
        "let go without a barrier",
        lets_go_without_barrier::three_kicks,
    );
    lost("let go, not looked again", does_not_look_again::three_kicks);
    lost(
        "begun without a barrier",
        begins_without_barrier::three_kicks,
    );
}

#[test]
fn no_alarm_is_lost() {
    let lost = |name, scenario: fn()| caught(name, TURN, NO_ALARM, BOUND, scenario);
    lost("alarm not noticed", alarm_not_noticed::alarm_and_kick);
    lost("alarm said too late", alarm_said_too_late::alarm_and_kick);
}

#[test]
fn the_timer_has_it_and_fires() {
    let lost = |name, scenario: fn()| caught(name, TURN, LATE, BOUND, scenario);
    lost(
        "handed over, not looked again",
        hands_over_and_goes::timer_and_kick_and_stop,
    );
    lost(
        "handed over without a barrier",
        hands_over_without_barrier::timer_and_kick_and_stop,
    );
    lost(
        "fired, not looked again",
        fires_and_does_not_look::timer_and_kick_and_stop,
    );
}

#[test]
fn two_have_it() {
    caught("taken by two", TURN, RACE, BOUND, two_take_it::three_kicks);
    caught(
        "the timer does not ask",
        TURN,
        RACE,
        BOUND,
        timer_does_not_ask::timer_and_stop,
    );
}
