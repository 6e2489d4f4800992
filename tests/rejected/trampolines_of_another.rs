//~ E0200
//! Which functions the core calls is said by the macro.

use super::net::ops::{
    NapiPoll,
    StartXmit,
    Trampolines, //
};

struct Card;

impl Trampolines for Card {
    const START_XMIT: StartXmit = panic!();
    const POLL: NapiPoll = panic!();
}
