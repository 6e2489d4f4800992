//~ E0382
//! A driver that has kept the skb cannot say busy.

use super::net::*;

fn f(skb: SkBuff, ring: &mut Option<SkBuff>) -> Result<(), TxBusy> {
    *ring = Some(skb);
    Err(skb.into())
}
