// SPDX-License-Identifier: GPL-2.0

//! Host tests of the pure core: the files of ../../../vnet_rs that import nothing from `kernel`.
//!
//! One program: to build and to link one for each file takes half as long again.

#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod delay_line;
        pub(crate) mod direction;
        pub(crate) mod echo;
        pub(crate) mod ethernet;
        pub(crate) mod fate;
        pub(crate) mod limits;
        pub(crate) mod link;
        pub(crate) mod prefix;
        pub(crate) mod random;
        pub(crate) mod wire;
        pub(crate) mod wire_frames;
    }
    pub(crate) mod card {
        pub(crate) mod addresses;
        pub(crate) mod moderation;
        pub(crate) mod rss;
    }
    pub(crate) mod control {
        pub(crate) mod attribute;
        pub(crate) mod name;
        pub(crate) mod parse_error;
        pub(crate) mod value;
    }
    pub(crate) mod ring {
        pub(crate) mod cursors;
    }
}

// What they share.
#[path = "common/binomial.rs"]
mod binomial;
mod common;
#[path = "common/cursor.rs"]
mod cursor;
#[path = "common/fates.rs"]
mod fates;
#[path = "common/line_model.rs"]
mod line_model;
#[path = "common/rss_oracle.rs"]
mod rss_oracle;

mod addresses;
mod attribute;
mod delay_line;
mod delay_line_model;
mod delay_line_order;
mod echo_expired_ipv4;
mod echo_expired_ipv6;
mod echo_prefix;
mod echo_props;
mod echo_refused_ipv4;
mod echo_refused_ipv6;
mod echo_refused_link;
mod echo_replies;
mod echo_unreachable;
mod fate;
mod fate_bursts;
mod fate_delay;
mod limits;
mod link;
mod moderation;
mod random;
mod ring_model;
mod ring_tables;
mod ring_threads;
mod rss;
mod wire;
mod wire_pace;
