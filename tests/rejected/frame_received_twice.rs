//~ E0382
//! A frame goes up the stack once.

use super::net::*;

fn f<T: Driver>(poll: &mut PollContext<'_, T>, frame: RxFrame) {
    poll.receive(frame);
    poll.receive(frame);
}
