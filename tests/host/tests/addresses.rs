// SPDX-License-Identifier: GPL-2.0

//! The table of addresses, looked at after each single store of a rewrite, and while it goes on.

use crate::vnet_rs::card::addresses::{
    AddressCell,
    Addresses, //
};
use proptest::prelude::*;
use std::{
    cell::{
        Cell,
        RefCell, //
    },
    collections::BTreeSet,
    rc::Rc, //
};

/// What is called after each store.
type Watch = Rc<dyn Fn()>;
/// What is called once, after so many loads.
type Meanwhile = Option<(usize, Box<dyn FnOnce()>)>;

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
    static MEANWHILE: RefCell<Meanwhile> = const { RefCell::new(None) };
}

/// An entry that lets somebody else do something after each store, and between two loads.
struct Watched(Cell<u64>);

impl AddressCell for Watched {
    fn new(value: u64) -> Self {
        Self(Cell::new(value))
    }
    fn load(&self) -> u64 {
        let value = self.0.get();
        match MEANWHILE.take() {
            Some((0, work)) => work(),
            Some((after, work)) => MEANWHILE.set(Some((after - 1, work))),
            None => {}
        }
        value
    }
    fn store(&self, value: u64) {
        self.0.set(value);
        let watch = WATCH.with_borrow(Clone::clone);
        if let Some(watch) = watch {
            watch();
        }
    }
}

const PLACES: usize = 4;

/// The table under test.
type Table = Rc<Addresses<Watched, PLACES>>;

/// Runs `work` with somebody who looks after each store.
fn watched(watch: impl Fn() + 'static, work: impl FnOnce()) {
    WATCH.set(Some(Rc::new(watch)));
    work();
    WATCH.set(None);
}

/// Has the table let pass these.
fn set(table: &Table, all: bool, list: &[u64]) {
    table.set(all, |each| list.iter().for_each(|&address| each(address)));
}

/// Whether a list lets an address pass.
fn wants(all: bool, list: &[u64], address: u64) -> bool {
    all || list.len() > PLACES || list.contains(&address)
}

#[test]
fn nothing_passes_a_new_table() {
    let table = Table::new(Addresses::new());
    assert!((0..100).all(|address| !table.pass(address)));
}

#[test]
fn the_last_of_the_list_stays_when_the_first_goes() {
    let table = Table::new(Addresses::new());
    set(&table, false, &[1, 2, 3, 9]);
    for rest in [&[2, 3, 9][..], &[3, 9], &[9]] {
        let seen = table.clone();
        watched(move || assert!(seen.pass(9)), || set(&table, false, rest));
    }
    assert!(!table.pass(1) && !table.pass(2) && !table.pass(3));
}

#[test]
fn who_looks_slowly_finds_what_stays() {
    let lists: [(bool, &[u64]); 6] = [
        (false, &[9]),
        (false, &[9, 1]),
        (false, &[4, 9, 5]),
        (false, &[3, 2, 1, 9]),
        (false, &[1, 2, 3, 4, 9]),
        (true, &[4, 5, 6, 7]),
    ];
    for (all, list) in lists {
        for after in 0..=PLACES {
            let table = Table::new(Addresses::new());
            set(&table, false, &[1, 2, 3, 9]);
            let other = table.clone();
            let rewrite = Box::new(move || set(&other, all, list));
            MEANWHILE.set(Some((after, rewrite)));
            assert!(table.pass(9), "{list:?} after {after} loads");
            MEANWHILE.set(None);
        }
    }
}

#[test]
fn too_many_let_all_pass() {
    let table = Table::new(Addresses::new());
    set(&table, false, &[1, 2, 3, 4, 5]);
    assert!(table.pass(77));
    set(&table, false, &[1, 2, 3, 5]);
    assert!(table.pass(5) && !table.pass(4) && !table.pass(77));
    set(&table, false, &[5, 5, 5, 5, 5]);
    assert!(
        table.pass(5) && !table.pass(1),
        "the same five times is one"
    );
}

/// Some lists, longer and shorter than the table.
fn lists() -> impl Strategy<Value = Vec<(bool, BTreeSet<u64>)>> {
    let list = proptest::collection::btree_set(0u64..10, 0..PLACES + 3);
    proptest::collection::vec((proptest::bool::weighted(0.1), list), 2..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn passes_at_every_moment_of_a_rewrite(lists in lists()) {
        let table = Table::new(Addresses::new());
        let (mut all_before, mut before) = (false, Vec::new());
        for (all, list) in lists {
            let list: Vec<u64> = list.into_iter().collect();
            let kept: Vec<u64> = (0..10)
                .filter(|&address| wants(all_before, &before, address) && wants(all, &list, address))
                .collect();
            let seen = table.clone();
            watched(
                move || for &address in &kept {
                    assert!(seen.pass(address), "{address}");
                },
                || set(&table, all, &list),
            );
            for address in 0..10 {
                prop_assert_eq!(table.pass(address), wants(all, &list, address));
            }
            (all_before, before) = (all, list);
        }
    }
}
