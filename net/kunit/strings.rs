// SPDX-License-Identifier: GPL-2.0

//! The strings of ethtool: as many as were announced, and nothing behind them.

use super::{
    super::{
        bindings,
        RtnlLock, //
    },
    check,
    plugged::Plugged, //
};
use kernel::prelude::*;

const LEN: usize = bindings::ETH_GSTRING_LEN as usize;
/// The byte that fills room which was not written to.
const UNTOUCHED: u8 = 0xa5;

/// How many strings a set has, or the negative errno; and those, with room for one more behind.
fn strings(card: &Plugged, set: c_uint) -> Result<(c_int, KVec<u8>)> {
    let dev = card.device()?.as_ptr();
    // As the core does, which makes room in between.
    RtnlLock::with(|_rtnl| {
        // SAFETY: the device is valid and registered, and RTNL is held.
        let ops = unsafe { &*(*dev).ethtool_ops };
        let (count, get) = ops.get_sset_count.zip(ops.get_strings).ok_or(EIO)?;
        // SAFETY: the device is valid and registered, as above.
        let count = unsafe { count(dev, set as c_int) };
        let room = usize::try_from(count).map_or(0, |count| count * LEN);
        let mut data = KVec::from_elem(0, room, GFP_KERNEL)?;
        data.extend_with(LEN, UNTOUCHED, GFP_KERNEL)?;
        if count > 0 {
            // SAFETY: as above; there is zeroed room for as many, and for one more.
            unsafe { get(dev, set, data.as_mut_ptr()) };
        }
        Ok((count, data))
    })?
}

/// Whether the strings are these.
fn are(data: &[u8], names: &[&str]) -> bool {
    let places = data.chunks_exact(LEN);
    let of = |place: &[u8], name: &str| {
        place.starts_with(name.as_bytes()) && place.get(name.len()) == Some(&0)
    };
    places.len() == names.len() + 1
        && places
            .clone()
            .zip(names)
            .all(|(place, name)| of(place, name))
        && places
            .last()
            .is_some_and(|rest| rest.iter().all(|&one| one == UNTOUCHED))
}

#[kunit_tests(net_strings)]
mod suite {
    use super::*;

    #[test]
    fn a_counter_for_each_queue_that_the_stack_counts() -> Result {
        let card = Plugged::new()?;
        let most = card.device()?.max_queues();
        for count in [most, 1, most] {
            let dev = card.device()?;
            RtnlLock::with(|rtnl| dev.set_queue_count(count, rtnl))??;
            let (known, data) = strings(&card, bindings::ethtool_stringset_ETH_SS_STATS)?;
            check!(known == 1 + count as c_int);
            let names = ["polls", "q0_number", "q1_number"];
            check!(are(
                &data,
                names.get(..1 + count as usize).unwrap_or_default()
            ));
        }
        Ok(())
    }

    #[test]
    fn a_set_of_none_is_no_set() -> Result {
        let card = Plugged::new()?;
        for set in [
            bindings::ethtool_stringset_ETH_SS_PRIV_FLAGS,
            bindings::ethtool_stringset_ETH_SS_TEST,
            bindings::ethtool_stringset_ETH_SS_PHY_STATS,
        ] {
            let (count, data) = strings(&card, set)?;
            check!(count == EOPNOTSUPP.to_errno() && are(&data, &[]));
        }
        Ok(())
    }
}
