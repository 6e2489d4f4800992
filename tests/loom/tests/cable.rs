// SPDX-License-Identifier: GPL-2.0

//! The shipped fifo.rs on the shipped slots.rs, between two engines whose turns are those of the
//! shipped turn.rs: no frame is lost, doubled or early, and no wake-up is lost. And copies with one
//! thing done wrong (see build.rs): caught.

#[allow(dead_code)]
#[path = "common/check.rs"]
mod check;

/// A cable of files of which one may have a mistake, and its scenarios.
macro_rules! cable {
    ($name:ident) => {
        #[allow(dead_code, unused_imports, clippy::duplicate_mod)]
        #[path = "common"]
        mod $name {
            /// The parts of net/ that the files import.
            pub mod net {
                /// A frame, by its number in the order of sending.
                pub struct SkBuff(pub u32);
                impl SkBuff {
                    pub fn discard(self, _reason: DropReason) {
                        panic!("frame lost: {} is dropped", self.0);
                    }

                    pub fn skb(&self) -> &Self {
                        self
                    }

                    pub fn len(&self) -> u32 {
                        60
                    }
                }
                pub use SkBuff as RxFrame;
                pub enum DropReason {
                    FullRing,
                    QueuePurge,
                }
                pub use kernel::memory;
                pub mod barrier {
                    pub(in super::super) fn smp_mb() {
                        loom::sync::atomic::fence(loom::sync::atomic::Ordering::SeqCst);
                    }
                }
                pub mod turn {
                    include!(concat!(env!("OUT_DIR"), "/", stringify!($name), "/turn.rs"));
                }
                pub mod slots {
                    include!(concat!(
                        env!("OUT_DIR"),
                        "/",
                        stringify!($name),
                        "/slots.rs"
                    ));
                }
            }
            pub mod fifo {
                include!(concat!(env!("OUT_DIR"), "/", stringify!($name), "/fifo.rs"));
            }
            mod cable;

            use cable::Cable;
            use loom::thread::{
                self,
                JoinHandle, //
            };

            type Shared = loom::sync::Arc<Cable>;

            fn cpu(cable: &Shared, what: impl Fn(&Cable) + 'static) -> JoinHandle<()> {
                let cable = cable.clone();
                thread::spawn(move || what(&cable))
            }

            fn settle(cable: &Cable, cpus: impl IntoIterator<Item = JoinHandle<()>>) {
                for cpu in cpus {
                    cpu.join().unwrap();
                }
                cable.settle();
            }

            /// Two CPUs send, and kick the receiver one after the other, or at once.
            pub fn two_send() {
                let cable = Cable::new(false);
                let other = cpu(&cable, |cable| cable.send(1));
                cable.send(1);
                settle(&cable, [other]);
            }

            /// A third one brings work to the receiver meanwhile, as an echo host does.
            pub fn one_sends_two_kick() {
                let cable = Cable::new(false);
                let others = [
                    cpu(&cable, |cable| cable.rx.kick(cable)),
                    cpu(&cable, |cable| cable.rx.kick(cable)),
                ];
                cable.send(2);
                settle(&cable, others);
            }

            /// A batch that does not fit is sent, while its timer fires, and a slot becomes free
            /// as another one kicks the receiver, unless `alone`.
            pub fn batch(alone: bool, forgets: bool) {
                let cable = Cable::new(forgets);
                let others = [
                    cpu(&cable, |cable| {
                        cable.tx.try_fire(cable);
                    }),
                    cpu(&cable, move |cable| {
                        if !alone {
                            cable.rx.kick(cable);
                        }
                    }),
                ];
                cable.send(3);
                settle(&cable, others);
            }

            /// A batch that does not fit is sent, while the receiver stands still for a while.
            pub fn batch_and_stop() {
                let cable = Cable::new(false);
                let others = [
                    cpu(&cable, |cable| cable.send(3)),
                    cpu(&cable, |cable| {
                        cable.tx.try_fire(cable);
                    }),
                ];
                cable.rx.stop();
                cable.rx.go_on();
                settle(&cable, others);
            }

            /// One frame is sent, as the receiver goes on, and its timer fires.
            pub fn send_and_stop() {
                let cable = Cable::new(false);
                let others = [
                    cpu(&cable, |cable| cable.send(1)),
                    cpu(&cable, |cable| {
                        cable.rx.try_fire(cable);
                    }),
                ];
                cable.rx.stop();
                cable.rx.go_on();
                settle(&cable, others);
            }
        }
    };
}
cable!(as_shipped);
cable!(posted_without_release);
cable!(looked_at_without_acquire);
cable!(freed_without_release);
cable!(put_without_going_on);
cable!(taken_without_going_on);
cable!(rings_without_barrier);
cable!(leaves_word_and_goes);
cable!(lets_go_without_barrier);
cable!(does_not_look_again);

use check::{
    caught,
    holds, //
};

const BOUND: Option<usize> = Some(3);
/// Loom's words for two parties at one slot.
const RACE: &str = "Causality violation";
const LOST: &str = "lost wake-up";

#[test]
fn frames_arrive() {
    use as_shipped::*;
    holds("cable: 2 CPUs send", BOUND, two_send);
    holds("cable: one sends, 2 kicks", BOUND, one_sends_two_kick);
    holds("cable: more than fits", BOUND, || batch(false, false));
    holds("cable: more than fits, a stop", BOUND, batch_and_stop);
    holds("cable: a frame and a stop", BOUND, send_and_stop);
}

#[test]
fn no_wake_up_is_lost() {
    let lost = |name, scenario: fn()| caught(name, "turn.rs", LOST, BOUND, scenario);
    lost(
        "cable: word left without a barrier",
        rings_without_barrier::one_sends_two_kick,
    );
    lost(
        "cable: word left, not looked again",
        leaves_word_and_goes::one_sends_two_kick,
    );
    lost(
        "cable: let go without a barrier",
        lets_go_without_barrier::one_sends_two_kick,
    );
    lost(
        "cable: let go, not looked again",
        does_not_look_again::one_sends_two_kick,
    );
    let mirror = "the mirror, cable.rs";
    caught(
        "cable: full, and nobody is told",
        mirror,
        LOST,
        BOUND,
        || as_shipped::batch(true, true),
    );
}

#[test]
fn no_frame_is_lost_or_doubled() {
    let slots = |name, scenario: fn()| caught(name, "slots.rs", RACE, BOUND, scenario);
    slots(
        "cable: posted without release",
        posted_without_release::one_sends_two_kick,
    );
    slots(
        "cable: looked at without acquire",
        looked_at_without_acquire::one_sends_two_kick,
    );
    slots("cable: freed without release", || {
        freed_without_release::batch(false, false)
    });
    let fifo = |name, words, scenario: fn()| caught(name, "fifo.rs", words, BOUND, scenario);
    fifo(
        "cable: put, not gone on",
        LOST,
        put_without_going_on::two_send,
    );
    fifo(
        "cable: taken, not gone on",
        LOST,
        taken_without_going_on::two_send,
    );
}
