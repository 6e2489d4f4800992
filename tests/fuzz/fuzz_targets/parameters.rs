// SPDX-License-Identifier: GPL-2.0

//! The module's parameters: nine numbers, of which those that make no sense must be refused, with a
//! line in the log that begins with the name of one of them.

#![no_main]

#[path = "../input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod ethernet;
        pub(crate) mod prefix;
        pub(crate) mod wire;
        pub(crate) mod wire_frames;
    }
    /// As vnet_rs/card/counters.rs has it, which needs more of the kernel.
    pub(crate) mod card {
        pub(crate) mod counters {
            pub(crate) const MAX_QUEUES: u32 = 16;
        }
    }
    pub(crate) mod driver {
        pub(crate) mod config;
    }
    pub(crate) mod ring {
        pub(crate) mod cursors;
    }
}

/// What `module!` makes.
#[allow(non_upper_case_globals)]
mod module_parameters {
    use std::sync::atomic::{
        AtomicI64,
        Ordering::Relaxed, //
    };

    pub(crate) struct Parameter(AtomicI64);

    impl Parameter {
        pub(crate) fn value(&self) -> i64 {
            self.0.load(Relaxed)
        }

        pub(crate) fn set(&self, value: i64) {
            self.0.store(value, Relaxed);
        }
    }

    macro_rules! parameters {
        ($($name:ident)+) => {
            $(pub(crate) static $name: Parameter = Parameter(AtomicI64::new(0));)+
            pub(crate) static ALL: [&Parameter; 9] = [$(&$name),+];
        };
    }
    parameters!(pairs echo sink ports queues tx_ring rx_ring rate_kbps hops);
}

use input::Input;
use vnet_rs::driver::config::{
    Config,
    PortCounts,
    NOT_GIVEN, //
};

/// Small ones, powers of two and their neighbours, and any.
fn number(input: &mut Input<'_>) -> i64 {
    let kind = input.u8();
    match kind % 4 {
        0 => i64::from(kind / 4),
        1 => (1i64 << (kind / 4 % 64)).wrapping_add(i64::from(input.u8() % 3) - 1),
        2 if kind >= 128 => NOT_GIVEN,
        2 => i64::from(input.u32()),
        _ => input.u64() as i64,
    }
}

/// What is wrong with them, if anything; either may be found first.
fn faults(values: &[i64; 9]) -> (Vec<&'static str>, Vec<&'static str>) {
    let [pairs, echo, sink, ports, queues, tx_ring, rx_ring, rate_kbps, hops] = *values;
    let ring = |value: i64| (1..=12).any(|bits| value == 1 << bits);
    let given = |value: i64| value == NOT_GIVEN || (0..=64).contains(&value);
    let wrong = |all: &[(&'static str, bool)]| {
        let wrong = all.iter().filter(|(_, right)| !right);
        wrong.map(|(name, _)| *name).collect()
    };
    let config = [
        ("queues=", (1..=16).contains(&queues)),
        ("tx_ring=", ring(tx_ring)),
        ("rx_ring=", ring(rx_ring)),
        ("rate_kbps=", (0..=400_000_000).contains(&rate_kbps)),
        ("hops=", (0..=64).contains(&hops)),
    ];
    let alike = echo == NOT_GIVEN || ports == NOT_GIVEN || echo == ports;
    let counts = [
        ("pairs=", (0..=32).contains(&pairs)),
        ("sink=", (0..=64).contains(&sink)),
        ("echo=", given(echo)),
        ("ports=", given(ports)),
        ("echo and ports ", alike),
    ];
    (wrong(&config), wrong(&counts))
}

/// One of the faults is what the log says, in one line; or there is none, and nothing.
fn check_log(faults: &[&str]) {
    let log = kernel::take_log();
    if faults.is_empty() {
        assert_eq!(log, "");
        return;
    }
    assert!(faults.iter().any(|name| log.starts_with(name)), "{log}");
    assert_eq!(log.matches('\n').count(), 1, "{log}");
    assert!(log.ends_with('\n'), "{log}");
}

fn check_counts(values: &[i64; 9], counts: &PortCounts) {
    let [pairs, echo, sink, ports, ..] = *values;
    assert_eq!(i64::from(counts.pairs), pairs);
    assert_eq!(i64::from(counts.sink), sink);
    let echo = match (echo, ports) {
        (NOT_GIVEN, NOT_GIVEN) => i64::from((pairs, sink) == (0, 0)),
        (NOT_GIVEN, ports) => ports,
        (echo, _) => echo,
    };
    assert_eq!(i64::from(counts.echo), echo);
}

fn check_config(values: &[i64; 9], config: &Config) {
    let told = [
        config.queues,
        config.tx_ring,
        config.rx_ring,
        config.rate_kbps,
    ];
    assert_eq!(told.map(i64::from), values[4..8]);
    assert_eq!(i64::from(config.hops), values[8]);
}

input::fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut values = [0; 9];
    for (value, parameter) in values.iter_mut().zip(module_parameters::ALL) {
        *value = number(&mut input);
        parameter.set(*value);
    }
    let (of_config, of_counts) = faults(&values);

    let config = Config::from_parameters();
    check_log(&of_config);
    assert_eq!(config.is_ok(), of_config.is_empty());
    if let Ok(config) = config {
        check_config(&values, &config);
    }
    let counts = PortCounts::from_parameters();
    check_log(&of_counts);
    assert_eq!(counts.is_ok(), of_counts.is_empty());
    if let Ok(counts) = counts {
        check_counts(&values, &counts);
    }
});
