//~ ok
//! What a driver does. If this does not compile, the others prove nothing.

use super::net::*;
use kernel::prelude::*;

fn removes<T: Driver>(links: &LinkOps<T>, dev: DeviceRef<T>) -> Result<bool> {
    RtnlLock::with(|rtnl| {
        let up = dev.up(rtnl).is_some();
        links.remove(dev, rtnl);
        up
    })
}

fn changes<T: Driver>(dev: &Device<T>, rtnl: &mut Rtnl) {
    dev.change(rtnl, |_quiet, open| (open, ()));
}

fn busy(skb: SkBuff) -> Result<(), TxBusy> {
    Err(skb.into())
}

fn done<T: Driver>(poll: PollContext<'_, T>) -> PollDone<'_> {
    poll.done()
}

fn ends(one: SkBuff, other: SkBuff) {
    one.consume();
    other.discard(DropReason::QueuePurge);
}

fn stops<M: Machine + Default>(machine: &Softirq<M>) {
    *machine.stop() = M::default();
}

fn shares<T: Send>() {}

fn what_may_be_shared<T: Driver, M: Machine>() {
    shares::<DeviceRef<T>>();
    shares::<Softirq<M>>();
    shares::<SkBuff>();
}
