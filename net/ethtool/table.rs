// SPDX-License-Identifier: GPL-2.0

//! The table of the driver's operations of ethtool.

use super::{
    super::{
        bindings,
        Driver,
        Rings, //
    },
    diagnose,
    rss,
    settings,
    strings,
    Ethtool, //
};
use kernel::prelude::*;

/// `Some(function)` if the driver has it.
macro_rules! given {
    ($has:expr, $function:expr) => {
        if $has {
            Some($function)
        } else {
            None
        }
    };
}

/// The operations that have to come together in a driver.
const fn assert_whole<T: Driver>() {
    const_assert!(
        T::Ethtool::PRIV_FLAGS.len() <= 32,
        "at most 32 private flags"
    );
    const_assert!(T::Ethtool::KEY <= 256, "KEY is at most 256 bytes");
    const_assert!(
        T::Ethtool::TABLE <= 1 << 16,
        "TABLE has at most 65536 entries"
    );
    const_assert!(
        T::Ethtool::HAS_SPEED || !T::Ethtool::HAS_SET_SPEED,
        "set_speed needs speed"
    );
    const_assert!(
        T::Ethtool::HAS_RINGS || !T::Ethtool::HAS_SET_RINGS,
        "set_rings needs rings"
    );
    const_assert!(
        T::Ethtool::HAS_COALESCE || !T::Ethtool::HAS_SET_COALESCE,
        "set_coalesce needs coalesce"
    );
    const_assert!(
        T::Ethtool::HAS_RSS || !T::Ethtool::HAS_SET_RSS,
        "set_rss needs rss"
    );
    const_assert!(
        T::Ethtool::HAS_PRIV_FLAGS || !T::Ethtool::HAS_SET_PRIV_FLAGS,
        "set_priv_flags needs priv_flags"
    );
    const_assert!(
        T::Ethtool::HAS_PRIV_FLAGS != T::Ethtool::PRIV_FLAGS.is_empty(),
        "priv_flags come with their names"
    );
    const_assert!(
        T::Ethtool::HAS_MESSAGE_LEVEL || !T::Ethtool::HAS_SET_MESSAGE_LEVEL,
        "set_message_level needs message_level"
    );
    const_assert!(
        T::Ethtool::HAS_REGISTERS == T::Ethtool::HAS_REGISTER_COUNT,
        "registers come with their number"
    );
    const_assert!(
        T::Ethtool::HAS_SELF_TEST != T::Ethtool::TESTS.is_empty(),
        "self-tests come with their names"
    );
}

/// The operations table of a driver.
pub(in super::super) const fn ethtool_ops<T: Driver>() -> bindings::ethtool_ops {
    assert_whole::<T>();
    let has_stats = !T::Ethtool::STATS.is_empty();
    let has_strings = has_stats || T::Ethtool::HAS_PRIV_FLAGS || T::Ethtool::HAS_SELF_TEST;
    let has_rss = T::Ethtool::HAS_RSS;
    bindings::ethtool_ops {
        supported_coalesce_params: if T::Ethtool::HAS_SET_COALESCE {
            bindings::NET_RS_COALESCE_PARAMS
        } else {
            0
        },
        get_drvinfo: given!(!T::Ethtool::DRIVER.is_empty(), get_drvinfo::<T>),
        get_regs_len: given!(T::Ethtool::HAS_REGISTERS, diagnose::get_regs_len::<T>),
        get_regs: given!(T::Ethtool::HAS_REGISTERS, diagnose::get_regs::<T>),
        self_test: given!(T::Ethtool::HAS_SELF_TEST, diagnose::self_test::<T>),
        get_msglevel: given!(T::Ethtool::HAS_MESSAGE_LEVEL, settings::get_msglevel::<T>),
        set_msglevel: given!(
            T::Ethtool::HAS_SET_MESSAGE_LEVEL,
            settings::set_msglevel::<T>
        ),
        get_link: given!(T::Rings::EXIST, bindings::ethtool_op_get_link),
        get_link_ext_state: given!(
            T::Ethtool::HAS_HAS_NO_CABLE,
            settings::get_link_ext_state::<T>
        ),
        get_link_ksettings: given!(T::Ethtool::HAS_SPEED, settings::get_link_ksettings::<T>),
        set_link_ksettings: given!(T::Ethtool::HAS_SET_SPEED, settings::set_link_ksettings::<T>),
        get_ringparam: given!(T::Ethtool::HAS_RINGS, settings::get_ringparam::<T>),
        set_ringparam: given!(T::Ethtool::HAS_SET_RINGS, settings::set_ringparam::<T>),
        get_channels: given!(T::Ethtool::HAS_SET_CHANNELS, settings::get_channels::<T>),
        set_channels: given!(T::Ethtool::HAS_SET_CHANNELS, settings::set_channels::<T>),
        get_coalesce: given!(T::Ethtool::HAS_COALESCE, settings::get_coalesce::<T>),
        set_coalesce: given!(T::Ethtool::HAS_SET_COALESCE, settings::set_coalesce::<T>),
        get_eth_mac_stats: given!(T::HAS_STATS, strings::get_eth_mac_stats::<T>),
        get_rx_ring_count: given!(has_rss, rss::get_rx_ring_count),
        get_rxfh_key_size: given!(has_rss, rss::get_rxfh_key_size::<T>),
        get_rxfh_indir_size: given!(has_rss, rss::get_rxfh_indir_size::<T>),
        get_rxfh: given!(has_rss, rss::get_rxfh::<T>),
        set_rxfh: given!(T::Ethtool::HAS_SET_RSS, rss::set_rxfh::<T>),
        get_rxfh_fields: given!(has_rss, rss::get_rxfh_fields),
        get_strings: given!(has_strings, strings::get_strings::<T>),
        get_sset_count: given!(has_strings, strings::get_sset_count::<T>),
        get_ethtool_stats: given!(has_stats, strings::get_ethtool_stats::<T>),
        get_priv_flags: given!(T::Ethtool::HAS_PRIV_FLAGS, settings::get_priv_flags::<T>),
        set_priv_flags: given!(
            T::Ethtool::HAS_SET_PRIV_FLAGS,
            settings::set_priv_flags::<T>
        ),
        get_ts_info: Some(bindings::ethtool_op_get_ts_info),
        ..pin_init::zeroed()
    }
}

/// # Safety
///
/// Called by one of the callers in net/ethtool.rs, under RTNL, for a registered device, as are all
/// functions in the files below; `info` is valid and zeroed.
unsafe extern "C" fn get_drvinfo<T: Driver>(
    _dev: *mut bindings::net_device,
    info: *mut bindings::ethtool_drvinfo,
) {
    // SAFETY: `info` is allocated by `dev_ethtool()`.
    let info = unsafe { &mut *info };
    strings::copy_str(&mut info.driver, T::Ethtool::DRIVER);
    strings::copy_str(&mut info.bus_info, "virtual");
}
