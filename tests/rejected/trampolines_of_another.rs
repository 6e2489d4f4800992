//~ E0133
//! Which functions the core calls is said by the macro.

use super::net::named::{
    Named,
    NapiPoll,
    StartXmit, //
};

struct Card;

fn f(start_xmit: StartXmit, poll: NapiPoll) -> Named<Card> {
    Named::new(start_xmit, poll)
}
