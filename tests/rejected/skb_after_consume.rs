//~ E0382
//! An skb has one end.

use super::net::*;

fn f(skb: SkBuff) -> u32 {
    skb.consume();
    skb.len()
}
