//~ E0061
//! A time stamp is taken while an skb is being sent: its device may be gone after that.

use super::net::*;

fn f(skb: &SkBuff) {
    skb.tx_timestamp();
}
