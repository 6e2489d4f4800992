//~ E0382
//! The reference goes with the device.

use super::net::*;

fn f<T: Driver>(links: &LinkOps<T>, dev: DeviceRef<T>, rtnl: &mut RtnlLock) {
    links.remove(dev, rtnl);
    links.remove(dev, rtnl);
}
