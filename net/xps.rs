// SPDX-License-Identifier: GPL-2.0

//! Transmit packet steering (XPS): which transmit queue a CPU sends on.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};
use kernel::{
    cpu::{
        nr_cpu_ids,
        CpuId, //
    },
    cpumask::CpumaskVar,
    prelude::*,
};

/// The CPUs that are online now.
fn online() -> impl Iterator<Item = CpuId> {
    (0..nr_cpu_ids())
        // SAFETY: a CPU that could be there has a bit in the mask.
        .filter(|cpu| unsafe { bindings::net_rs_cpu_online(*cpu) })
        .filter_map(CpuId::from_u32)
}

/// The queue of a CPU; [`None`] with less than two queues, as then there is nothing to choose.
fn queue_of(cpu: CpuId, count: u32) -> Option<u32> {
    cpu.as_u32().checked_rem(count).filter(|_| count > 1)
}

impl<T: Parts> Device<T> {
    /// Whether the CPUs are spread over the transmit queues as [`Device::spread_cpus`] has done
    /// it for so many, 0 if it has not been called: the user has said nothing else since.
    ///
    /// C: `net_device.xps_maps`.
    #[cfg(CONFIG_XPS)]
    pub(crate) fn are_cpus_spread(&self, count: u32, _rtnl: &Rtnl) -> bool {
        let _rcu = kernel::sync::rcu::read_lock();
        // SAFETY: the device is valid (type invariant). The maps are there while RCU is read, and
        // change under RTNL only (`xps_cpus_store()`), which is held.
        let maps = unsafe { bindings::net_rs_xps_maps(self.as_ptr()).as_ref() };
        let Some(maps) = maps else {
            return count < 2;
        };
        // With traffic classes a CPU has a map for each.
        maps.num_tc == 1
            && online().all(|cpu| {
                // SAFETY: as above, and there is a place for each CPU that could be there.
                match unsafe { bindings::net_rs_xps_map(maps, cpu.as_u32()).as_ref() } {
                    None => queue_of(cpu, count).is_none(),
                    Some(map) => {
                        // SAFETY: there are `len` queues in a map, and it has at least one.
                        let first = u32::from(unsafe { *map.queues.as_ptr() });
                        map.len == 1 && queue_of(cpu, count) == Some(first)
                    }
                }
            })
    }

    /// A kernel without XPS has nothing for the user to say.
    #[cfg(not(CONFIG_XPS))]
    pub(crate) fn are_cpus_spread(&self, _count: u32, _rtnl: &Rtnl) -> bool {
        true
    }

    /// Spreads the CPUs over so many transmit queues, in place of the user's choice: each sends on
    /// the queue with its own number, modulo `count`. Nothing happens unless the device is
    /// registered. May sleep.
    ///
    /// C: `netif_set_xps_queue()`.
    pub(crate) fn spread_cpus(&self, count: u32, _rtnl: &Rtnl) {
        // Otherwise the maps would not be freed: `netif_reset_xps_queues_gt()` is called while
        // `unregister_netdevice_many_notify()` makes it unregistered.
        if !self.is_registered() {
            return;
        }
        let count = count.min(self.max_queues());
        for queue in 0..count {
            // Without the memory for it the CPUs stay as they are, which is slower and not wrong.
            let Ok(mut mask) = CpumaskVar::new_zero(GFP_KERNEL) else {
                return;
            };
            for cpu in online().filter(|cpu| queue_of(*cpu, count) == Some(queue)) {
                mask.set(cpu);
            }
            // SAFETY: the device is valid (type invariant), and has this queue. A queue number
            // fits: there are no more than bits in a `u64`.
            unsafe {
                bindings::netif_set_xps_queue(self.as_ptr(), mask.as_raw().cast(), queue as u16)
            };
        }
    }
}
