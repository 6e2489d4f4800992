//~ E0382
//! After a poll the instance may have another owner.

use super::net::*;

fn f<T: Driver>(mut poll: PollContext<'_, T>) -> PollDone<'_> {
    let done = poll.done();
    let _ = poll.poll_mut();
    done
}
