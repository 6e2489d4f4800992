//~ lifetime may not live long enough
//! What a poll says belongs to that poll.

use super::net::*;

fn f<'a, 'b, T: Driver>(one: PollContext<'a, T>, other: PollContext<'b, T>) -> PollDone<'a> {
    let _ = one.done();
    other.done()
}
