// SPDX-License-Identifier: GPL-2.0

//! Makes copies of the shipped cursors.rs, queue.rs, turn.rs, slots.rs and fifo.rs with one thing
//! done wrong in each.

use std::{
    env,
    fs,
    path::Path, //
};

/// Name, file, the right text, and the wrong one.
const MUTATIONS: [(&str, &str, &str, &str); 24] = [
    (
        "used_and_mask",
        "cursors.rs",
        "next.wrapping_sub(self.reaped.0.load()))",
        "next.wrapping_sub(self.reaped.0.load()) & (self.size - 1))",
    ),
    (
        "reaps_what_is_posted",
        "cursors.rs",
        "self.completed.0.load() != next",
        "self.posted.0.load() != next",
    ),
    (
        "posted_read_first",
        "cursors.rs",
        "let completed = self.completed.0.load();\n        [self.posted.0.load(), completed",
        "let posted = self.posted.0.load();\n        [posted, self.completed.0.load()",
    ),
    (
        "room_before_reaped",
        "queue.rs",
        "let value = self.slots.take(self.next)?;",
        "self.cursors.publish_reaped(self.next.wrapping_add(1));
        let value = self.slots.take(self.next)?;",
    ),
    (
        "store_without_release",
        "queue.rs",
        "Atomic::store(self, value, Release)",
        "Atomic::store(self, value, core::sync::atomic::Ordering::Relaxed)",
    ),
    (
        "load_without_acquire",
        "queue.rs",
        "Atomic::load(self, Acquire)",
        "Atomic::load(self, core::sync::atomic::Ordering::Relaxed)",
    ),
    (
        "rings_without_barrier",
        "turn.rs",
        "self.rung.xchg(true, Full)",
        "self.rung.xchg(true, Relaxed)",
    ),
    (
        "leaves_word_and_goes",
        "turn.rs",
        "self.rung.xchg(true, Full);\n        self.take()",
        "self.rung.xchg(true, Full);\n        false",
    ),
    (
        "lets_go_without_barrier",
        "turn.rs",
        "        smp_mb();\n        self.rung.load(Relaxed)",
        "        self.rung.load(Relaxed)",
    ),
    (
        "does_not_look_again",
        "turn.rs",
        "self.rung.load(Relaxed) && self.take()",
        "false",
    ),
    (
        "begins_without_barrier",
        "turn.rs",
        "self.rung.xchg(false, Full)",
        "self.rung.xchg(false, Relaxed)",
    ),
    (
        "two_take_it",
        "turn.rs",
        "!self.busy.load(Relaxed) && !self.busy.xchg(true, Full)",
        "!self.busy.load(Relaxed) && { self.busy.xchg(true, Full); true }",
    ),
    (
        "timer_does_not_ask",
        "turn.rs",
        "if self.with_timer.xchg(false, Full) {",
        "if self.with_timer.load(Relaxed) {\n            self.with_timer.xchg(false, Full);",
    ),
    (
        "alarm_not_noticed",
        "turn.rs",
        "self.gone_off.load(Relaxed) && self.gone_off.xchg(false, Relaxed)",
        "false",
    ),
    (
        "alarm_said_too_late",
        "turn.rs",
        "self.gone_off.xchg(true, Full);\n        self.with_timer.xchg(false, Full) || self.ring()",
        "let taken = self.with_timer.xchg(false, Full) || self.ring();
        self.gone_off.xchg(true, Full);
        taken",
    ),
    (
        "hands_over_and_goes",
        "turn.rs",
        "self.gone_off.load(Relaxed) && self.with_timer.xchg(false, Full);",
        "false;",
    ),
    (
        "hands_over_without_barrier",
        "turn.rs",
        "        smp_mb();\n        let faster",
        "        let faster",
    ),
    (
        "fires_and_does_not_look",
        "turn.rs",
        "self.with_timer.xchg(false, Full) || self.ring()",
        "self.ring()",
    ),
    (
        "posted_without_release",
        "slots.rs",
        "self.0.state.store(POSTED, Release)",
        "self.0.state.store(POSTED, Relaxed)",
    ),
    (
        "looked_at_without_acquire",
        "slots.rs",
        "slot.state.load(Acquire)",
        "slot.state.load(Relaxed)",
    ),
    (
        "freed_without_release",
        "slots.rs",
        "self.0.state.store(FREE, Release)",
        "self.0.state.store(FREE, Relaxed)",
    ),
    (
        "put_without_going_on",
        "fifo.rs",
        "        self.slot.put(sent);\n        *self.next = self.next.wrapping_add(1);",
        "        self.slot.put(sent);",
    ),
    (
        "taken_without_going_on",
        "fifo.rs",
        "        *self.next = self.next.wrapping_add(1);\n        self.slot.take()",
        "        self.slot.take()",
    ),
    // Nothing is wrong: the files as they are shipped.
    ("as_shipped", "", "", ""),
];

/// File, text, and replacement in all copies, so that the file compiles here: the path of net/, a
/// cell that loom sees, and a FIFO that is soon full.
const ADAPTED: [(&str, &str, &str); 3] = [
    ("fifo.rs", "use crate::net::{", "use super::net::{"),
    ("fifo.rs", "const SIZE: u32 = 256;", "const SIZE: u32 = 2;"),
    (
        "slots.rs",
        "use core::{\n    cell::UnsafeCell,\n    mem::MaybeUninit,",
        "use kernel::cell::UnsafeCell;\nuse core::{\n    mem::MaybeUninit,",
    ),
];

/// Where the files are that have such copies.
const FILES: [(&str, &str); 5] = [
    ("vnet_rs/ring", "cursors.rs"),
    ("vnet_rs/ring", "queue.rs"),
    ("net", "turn.rs"),
    ("net", "slots.rs"),
    ("vnet_rs/cable", "fifo.rs"),
];

/// `text` of `file` with `new` in the one place where `old` is.
fn put(file: &str, text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{file} has no longer: {old}");
    text.replace(old, new)
}

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    println!("cargo:rerun-if-changed=build.rs");
    for (part, file) in FILES {
        let path = format!("../../{part}/{file}");
        println!("cargo:rerun-if-changed={path}");
        let shipped = fs::read_to_string(path).unwrap();
        // A file that is included may not begin with comments about the whole file.
        let lines = shipped.lines().filter(|line| !line.starts_with("//!"));
        let mut shipped: String = lines.flat_map(|line| [line, "\n"]).collect();
        for (_, old, new) in ADAPTED.iter().filter(|(place, ..)| *place == file) {
            shipped = put(file, &shipped, old, new);
        }
        for (name, place, right, wrong) in MUTATIONS {
            let mut copy = shipped.clone();
            if place == file {
                copy = put(file, &shipped, right, wrong);
            }
            let dir = Path::new(&out).join(name);
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join(file), copy).unwrap();
        }
    }
}
