// SPDX-License-Identifier: GPL-2.0

//! `/sys/kernel/config/vnet_rs`: the attributes.
//!
//! `mkdir` makes an [`Item`], whose attributes describe a port or a pair; `power` brings it
//! to life. Read next: item.rs.

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
    driver::{
        config::MAX_HOPS,
        port::Port, //
    },
    ring::cursors::{
        MAX_RING,
        MIN_RING, //
    }, //
};
use super::{
    attribute::{
        Allowed,
        Field,
        Value, //
    },
    description::{
        Description,
        FarEndKind,
        JITTER_MODELS, //
    },
    item::Item,
    table::{
        Accessor,
        Attribute,
        Effect, //
    }, //
};
use crate::net::LinkOps;
use kernel::{
    configfs::{
        configfs_attrs,
        AttributeOperations,
        Group,
        GroupOperations,
        ItemType,
        Subsystem, //
    },
    page::PAGE_SIZE,
    prelude::*,
    sync::Arc, //
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

/// A limit that follows from others where it is not written.
macro_rules! limit {
    ($field:ident) => {
        Effect::Live(Accessor {
            get: |description| Field::value(description.limits().$field),
            set: |description, value| description.written.$field.set(value),
        })
    };
}

/// A switch for a fault.
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
    ([$($name:ident)+]) => {
        numbered!([$($name)+] [
             0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
            24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47
        ] [])
    };
    ([] [$($left:literal)*] [$($done:tt)*]) => {
        configfs_attrs! {
            container: Group<Item>,
            data: Item,
            attributes: [$($done)*],
        }
    };
    ([$name:ident $($names:ident)*] [$number:literal $($left:literal)*] [$($done:tt)*]) => {
        numbered!([$($names)*] [$($left)*] [$($done)* $name: $number,])
    };
}

/// Makes the table of attributes.
macro_rules! attributes {
    ($($name:ident: $effect:expr, $allowed:expr;)+) => {
        /// All attributes. The kernel knows them by their place in here.
        const ATTRIBUTES: &[Attribute] = &[$(
            Attribute {
                name: stringify!($name),
                allowed: $allowed,
                effect: $effect,
            }
        ),+];

        fn item_type() -> &'static ItemType<Group<Item>, Item> {
            numbered!([$($name)+])
        }
    };
}

// One line for each: what it is called, with its unit; what writing to it does, and where it
// is kept; what may be written. What is new has its place in the `Description`, which gives
// it to the ports and takes it from them.
attributes! {
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
    rate_kbps: Effect::Live(place!(config.rate_kbps)), range(0, MAX_RATE);
    overhead_bytes: Effect::Live(place!(overhead)), range(0, MAX_OVERHEAD);
    latency_ns: Effect::Live(place!(link.latency_ns)), DELAY;
    jitter_ns: Effect::Live(place!(link.jitter_ns)), DELAY;
    jitter_model: Effect::Live(place!(link.jitter_model)), Allowed::Word(JITTER_MODELS);
    loss_ppm: Effect::Live(place!(link.loss_ppm)), CHANCE;
    burst_enter_ppm: Effect::Live(place!(link.burst_enter_ppm)), CHANCE;
    burst_leave_ppm: Effect::Live(place!(link.burst_leave_ppm)), CHANCE;
    burst_loss_ppm: Effect::Live(place!(link.burst_loss_ppm)), CHANCE;
    duplicate_ppm: Effect::Live(place!(link.duplicate_ppm)), CHANCE;
    reorder_ppm: Effect::Live(place!(link.reorder_ppm)), CHANCE;
    corrupt_ppm: Effect::Live(place!(link.corrupt_ppm)), CHANCE;
    seed: Effect::Live(place!(link.seed)), Allowed::Number(0, u64::MAX);
    line_frames: limit!(frames), Allowed::ZeroOr(1, MAX_LINE_FRAMES as u64);
    line_bytes: limit!(bytes), Allowed::ZeroOr(MIN_LINE_BYTES, MAX_LINE_BYTES);
    memory_bytes: Effect::Follows(Description::memory), Allowed::Number(0, u64::MAX);
    hang_engine: fault!(HangEngine), SWITCH;
    lose_interrupts: fault!(LoseInterrupts), SWITCH;
    storm_interrupts: fault!(StormInterrupts), SWITCH;
    starve_receive: fault!(StarveReceive), SWITCH;
    fail_receive_memory: fault!(FailReceiveMemory), SWITCH;
    flap_carrier: fault!(FlapCarrier), SWITCH;
}

#[vtable]
impl<const ID: u64> AttributeOperations<ID> for Item {
    type Data = Item;

    fn show(item: &Item, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
        let attribute = const { &ATTRIBUTES[ID as usize] };
        Ok(attribute.allowed.print(item.read(attribute), page))
    }

    fn store(item: &Item, text: &[u8]) -> Result {
        item.write(const { &ATTRIBUTES[ID as usize] }, text)
    }
}

/// The directory that items are made in.
pub(crate) struct Root {
    links: Arc<LinkOps<Port>>,
    item_type: &'static ItemType<Group<Item>, Item>,
}

#[vtable]
impl GroupOperations for Root {
    type Child = Item;

    fn make_group(&self, name: &CStr) -> Result<impl PinInit<Group<Item>, Error>> {
        let item = Item::new(name, self.links.clone())?;
        Ok(Group::new(name.try_into()?, self.item_type, item))
    }
}

/// Makes the directory appear. From then on there may be items, so that it must not be
/// taken away but when the module is unloaded, which items prevent.
pub(crate) fn subsystem(links: Arc<LinkOps<Port>>) -> impl PinInit<Subsystem<Root>, Error> {
    let root_type = configfs_attrs! {
        container: Subsystem<Root>,
        data: Root,
        child: Item,
        attributes: [],
    };
    let root = Root {
        links,
        item_type: item_type(),
    };
    Subsystem::new(c"vnet_rs", root_type, Ok(root))
}
