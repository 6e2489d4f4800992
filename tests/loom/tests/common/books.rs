// SPDX-License-Identifier: GPL-2.0

//! The state of each skb. The books see all events, and are no part of the code that is checked.

use std::sync::Mutex;

/// A frame of the stack, by its number in the order of sending.
pub struct Skb(pub usize);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The stack has it, or the ring.
    Waits,
    /// The frame is at the far end.
    Sent,
    /// The skb was freed, after that or instead of it.
    Freed,
}

/// The states of all skbs.
pub struct Books(Mutex<(Vec<State>, bool)>);

impl Books {
    /// For so many.
    pub fn new(skbs: usize) -> Self {
        Self(Mutex::new((vec![State::Waits; skbs], false)))
    }

    /// The far end gets one.
    pub fn sent(&self, skb: &Skb) {
        let (states, down) = &mut *self.0.lock().unwrap();
        assert!(!*down, "delivered after shutdown: skb {}", skb.0);
        let again = states[skb.0] != State::Waits;
        assert!(!again, "sent twice: skb {}", skb.0);
        let before = states[..skb.0].contains(&State::Waits);
        assert!(!before, "order: skb {} before an older one", skb.0);
        states[skb.0] = State::Sent;
    }

    /// One is freed: after it was sent, or as it will not be.
    pub fn freed(&self, skb: Skb, was_sent: bool) {
        let (states, _) = &mut *self.0.lock().unwrap();
        let again = states[skb.0] == State::Freed;
        assert!(!again, "freed twice: skb {}", skb.0);
        let right = was_sent == (states[skb.0] == State::Sent);
        assert!(right, "freed before it was sent: skb {}", skb.0);
        states[skb.0] = State::Freed;
    }

    /// From here on nothing may arrive.
    pub fn shut_down(&self) {
        self.0.lock().unwrap().1 = true;
    }

    /// All of them were freed.
    pub fn check(&self) {
        let (states, _) = &*self.0.lock().unwrap();
        let all = states.iter().all(|&state| state == State::Freed);
        assert!(all, "skb lost: {states:?}");
    }
}
