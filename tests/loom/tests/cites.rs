// SPDX-License-Identifier: GPL-2.0

//! The model and the mirror say which lines they stand for. Those lines are there.
//!
//! `// PATH:LINE CODE` is of the kernel, whose source is in $VNET_KERNEL_SOURCE: in that line.
//! `// PATH: CODE` is of the driver: in that file, below what the same function has cited before.

use std::{
    collections::HashMap,
    env,
    fs,
    path::Path, //
};

/// A line that is cited.
enum Cite<'a> {
    Kernel(&'a str, usize, &'a str),
    Driver(&'a str, &'a str),
}

/// Returns the line that a line of ours cites, if it does.
fn cite(line: &str) -> Option<Cite<'_>> {
    let comment = line.trim().strip_prefix("// ")?;
    let (place, code) = comment.split_once(' ')?;
    let (path, number) = place.split_once(':')?;
    if !path.contains('/') {
        return None;
    }
    match number.parse() {
        Ok(number) => Some(Cite::Kernel(path, number, code)),
        Err(_) => number.is_empty().then_some(Cite::Driver(path, code)),
    }
}

/// Looks up all that `file` cites. Returns how much of the kernel, and of the driver.
fn look_up(file: &str) -> (usize, usize) {
    let kernel = env::var("VNET_KERNEL_SOURCE").expect("VNET_KERNEL_SOURCE: the kernel's source");
    let (mut kernels, mut drivers) = (0, 0);
    // Where in a file of the driver the next one of this function has to be.
    let mut from = HashMap::new();
    for line in fs::read_to_string(file).unwrap().lines() {
        if line.contains("fn ") {
            from.clear();
        }
        match cite(line) {
            Some(Cite::Kernel(path, number, code)) => {
                let text = fs::read_to_string(Path::new(&kernel).join(path)).unwrap();
                let there = text.lines().nth(number - 1).unwrap_or_default();
                assert!(
                    there.contains(code),
                    "{file}: {path}:{number} is {there}, not {code}"
                );
                kernels += 1;
            }
            Some(Cite::Driver(path, code)) => {
                let text = fs::read_to_string(Path::new("../..").join(path)).unwrap();
                let begin = from.get(path).copied().unwrap_or(0);
                let at = text[begin..].find(code);
                let at =
                    at.unwrap_or_else(|| panic!("{file}: {path} has no (longer there): {code}"));
                from.insert(path.to_owned(), begin + at + code.len());
                drivers += 1;
            }
            None => (),
        }
    }
    (kernels, drivers)
}

#[test]
fn what_is_cited_is_there() {
    for file in [
        "src/tx_queue.rs",
        "tests/common/cable.rs",
        "tests/common/driver.rs",
        "tests/common/shutdown.rs",
        "tests/common/world.rs",
    ] {
        let (kernels, drivers) = look_up(file);
        println!("loom: cites: {file}: {kernels} lines of the kernel, {drivers} of the driver");
        assert!(kernels + drivers > 0);
    }
}

/// The model is to be read beside the kernel's, so it is short.
#[test]
fn the_model_is_short() {
    let lines = fs::read_to_string("src/tx_queue.rs")
        .unwrap()
        .lines()
        .count();
    println!("loom: the model, src/tx_queue.rs, has {lines} lines");
    assert!(lines <= 100);
}
