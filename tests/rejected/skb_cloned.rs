//~ E0277
//! One reference to an skb is ours.

use super::net::*;

fn f(skb: &SkBuff) -> SkBuff {
    SkBuff::clone(skb)
}
