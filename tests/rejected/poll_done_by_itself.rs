//~ E0423
//! A poll is done by its context.

use super::net::*;

fn f() -> PollDone<'static> {
    PollDone(0, core::marker::PhantomData)
}
