//~ E0382
//! An skb has one end, and one reason.

use super::net::*;

fn f(skb: SkBuff) {
    skb.discard(DropReason::QueuePurge);
    skb.discard(DropReason::QueuePurge);
}
