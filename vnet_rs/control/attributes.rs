// SPDX-License-Identifier: GPL-2.0

//! The tables of attributes: those of an item, and those of one direction.

use super::super::{
    cable::{
        limits::{
            MAX_LINE_BYTES,
            MAX_LINE_FRAMES,
            MIN_LINE_BYTES, //
        },
        link::{
            MAX_DELAY_NS,
            MAX_PPM, //
        },
        wire::{
            MAX_OVERHEAD,
            MAX_RATE, //
        }, //
    },
    card::{
        counters::MAX_QUEUES,
        faults::Fault, //
    },
    driver::config::MAX_HOPS,
    ring::cursors::{
        MAX_RING,
        MIN_RING, //
    }, //
};
use super::{
    attribute::Allowed,
    description::{
        Description,
        FarEndKind,
        JITTER_MODELS, //
    },
    item::{
        ItemGroup,
        OneWay, //
    },
    table::{
        Accessor,
        Attribute,
        DirectionAccessor,
        Effect, //
    },
    value::{
        Field,
        Value, //
    }, //
};
use kernel::configfs::{
    configfs_attrs,
    Group,
    ItemType, //
};

const fn range(min: u32, max: u32) -> Allowed {
    Allowed::Number(min as u64, max as u64)
}

const RING: Allowed = Allowed::PowerOfTwo(MIN_RING as u64, MAX_RING as u64);

macro_rules! place {
    ($($field:ident).+) => {
        Accessor {
            get: |description| Field::value(description.$($field).+),
            set: |description, value| description.$($field).+.set(value),
        }
    };
}

/// The effect of an attribute that is a property of a direction.
macro_rules! direction {
    ($($field:ident).+) => {
        Effect::Direction(DirectionAccessor {
            get: |direction| Field::value(direction.$($field).+),
            set: |direction, value| direction.$($field).+.set(value),
        })
    };
}

/// The effect of an attribute that is a limit, which follows from others unless it is written.
macro_rules! limit {
    ($field:ident) => {
        Effect::Direction(DirectionAccessor {
            get: |direction| Field::value(direction.limits().$field),
            set: |direction, value| direction.written.$field.set(value),
        })
    };
}

/// The effect of an attribute that switches a fault.
macro_rules! fault {
    ($name:ident) => {
        Effect::Live(Accessor {
            get: |description| {
                Value::Number(u64::from(description.faults & Fault::$name as u32 != 0))
            },
            set: |description, value| {
                let mut on = false;
                on.set(value)?;
                description.faults_written |= Fault::$name as u32;
                if on {
                    description.faults |= Fault::$name as u32;
                } else {
                    description.faults &= !(Fault::$name as u32);
                }
                Ok(())
            },
        })
    };
}

const DELAY: Allowed = Allowed::Number(0, MAX_DELAY_NS);
const CHANCE: Allowed = range(0, MAX_PPM);
const SWITCH: Allowed = range(0, 1);

/// Hands the names of attributes to the kernel, each with its number.
macro_rules! numbered {
    ($data:ty, [$($name:ident)+]) => {
        numbered!($data, [$($name)+] [
             0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
            24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47
        ] [])
    };
    ($data:ty, [] [$($left:literal)*] [$($done:tt)*]) => {
        configfs_attrs! {
            container: Group<$data>,
            data: $data,
            attributes: [$($done)*],
        }
    };
    ($data:ty, [$name:ident $($names:ident)*] [$number:literal $($left:literal)*] [$($done:tt)*]) => {
        numbered!($data, [$($names)*] [$($left)*] [$($done)* $name: $number,])
    };
}

/// Makes a table of attributes, of which the kernel knows each by its place, and their type of item.
macro_rules! attributes {
    ($table:ident, $item_type:ident, $data:ty; $($name:ident: $effect:expr, $allowed:expr;)+) => {
        pub(crate) const $table: &[Attribute] = &[$(
            Attribute {
                name: stringify!($name),
                allowed: $allowed,
                effect: $effect,
            }
        ),+];

        pub(crate) fn $item_type() -> &'static ItemType<Group<$data>, $data> {
            numbered!($data, [$($name)+])
        }
    };
}

/// Makes a table of attributes that ends with those of a direction.
macro_rules! with_directions {
    ($table:ident, $item_type:ident, $data:ty; $($own:tt)*) => {
        attributes! { $table, $item_type, $data;
            $($own)*
            rate_kbps: direction!(pace.rate_kbps), range(0, MAX_RATE);
            overhead_bytes: direction!(pace.overhead), range(0, MAX_OVERHEAD);
            latency_ns: direction!(link.latency_ns), DELAY;
            jitter_ns: direction!(link.jitter_ns), DELAY;
            jitter_model: direction!(link.jitter_model), Allowed::Word(JITTER_MODELS);
            loss_ppm: direction!(link.loss_ppm), CHANCE;
            burst_enter_ppm: direction!(link.burst_enter_ppm), CHANCE;
            burst_leave_ppm: direction!(link.burst_leave_ppm), CHANCE;
            burst_loss_ppm: direction!(link.burst_loss_ppm), CHANCE;
            duplicate_ppm: direction!(link.duplicate_ppm), CHANCE;
            reorder_ppm: direction!(link.reorder_ppm), CHANCE;
            corrupt_ppm: direction!(link.corrupt_ppm), CHANCE;
            seed: direction!(link.seed), Allowed::Number(0, u64::MAX);
            line_frames: limit!(frames), Allowed::ZeroOr(1, MAX_LINE_FRAMES as u64);
            line_bytes: limit!(bytes), Allowed::ZeroOr(MIN_LINE_BYTES, MAX_LINE_BYTES);
        }
    };
}

// Each line is an attribute: its name, with the unit; the effect of writing, with the field that
// keeps the value; the allowed values. A new attribute has a field in the `Description`, which
// gives it to the ports and takes it from them.
with_directions! { OF_ITEM, item_type, ItemGroup;
    power: Effect::Power, range(0, 1);
    far_end: Effect::Structure(place!(far_end)), FarEndKind::ALLOWED;
    name: Effect::Name(0, place!(name)), Allowed::Name;
    peer_name: Effect::Name(1, place!(peer_name)), Allowed::Name;
    queues: Effect::Structure(place!(config.queues)), range(1, MAX_QUEUES);
    tx_ring: Effect::Structure(place!(config.tx_ring)), RING;
    rx_ring: Effect::Structure(place!(config.rx_ring)), RING;
    hops: Effect::Structure(place!(config.hops)), range(0, MAX_HOPS);
    answers_for: Effect::Structure(place!(config.only4)), Allowed::Prefix4;
    answers_for6: Effect::Structure(place!(config.only6)), Allowed::Prefix6;
    plugged: Effect::Live(place!(plugged)), SWITCH;
    memory_bytes: Effect::Follows(Description::memory), Allowed::Number(0, u64::MAX);
    hang_engine: fault!(HangEngine), SWITCH;
    lose_interrupts: fault!(LoseInterrupts), SWITCH;
    storm_interrupts: fault!(StormInterrupts), SWITCH;
    starve_receive: fault!(StarveReceive), SWITCH;
    fail_receive_memory: fault!(FailReceiveMemory), SWITCH;
    flap_carrier: fault!(FlapCarrier), SWITCH;
}
with_directions! { OF_DIRECTION, direction_type, OneWay; }
