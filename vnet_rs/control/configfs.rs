// SPDX-License-Identifier: GPL-2.0

//! `/sys/kernel/config/vnet_rs`: the directories.
//!
//! `mkdir` makes an [`Item`], whose attributes describe a port or a pair; `power` makes the ports.
//! An item has the directories `ab` and `ba`, each with the attributes of one direction. Read next:
//! attributes.rs, item.rs.

use super::super::driver::port::Port;
use super::{
    attributes::{
        direction_type,
        item_type,
        OF_DIRECTION,
        OF_ITEM, //
    },
    item::{
        Item,
        ItemGroup,
        OneWay,
        Which, //
    }, //
};
use crate::net::{
    configfs::WithGroups,
    LinkOps, //
};
use kernel::{
    configfs::{
        configfs_attrs,
        AttributeOperations,
        Group,
        GroupOperations,
        Subsystem, //
    },
    page::PAGE_SIZE,
    prelude::*,
    sync::Arc, //
};

#[vtable]
impl<const ID: u64> AttributeOperations<ID> for ItemGroup {
    type Data = ItemGroup;

    fn show(item: &ItemGroup, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
        Ok(item.read(const { &OF_ITEM[ID as usize] }, Which::Both, page))
    }

    fn store(item: &ItemGroup, text: &[u8]) -> Result {
        item.write(const { &OF_ITEM[ID as usize] }, Which::Both, text)
    }
}

#[vtable]
impl<const ID: u64> AttributeOperations<ID> for OneWay {
    type Data = OneWay;

    fn show(way: &OneWay, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
        let attribute = const { &OF_DIRECTION[ID as usize] };
        Ok(way.item.read(attribute, Which::One(way.end), page))
    }

    fn store(way: &OneWay, text: &[u8]) -> Result {
        let attribute = const { &OF_DIRECTION[ID as usize] };
        way.item.write(attribute, Which::One(way.end), text)
    }
}

/// The directory that items are made in.
pub(crate) struct Root {
    links: Arc<LinkOps<Port>>,
}

#[vtable]
impl GroupOperations for Root {
    type Child = ItemGroup;

    fn make_group(&self, name: &CStr) -> Result<impl PinInit<Group<ItemGroup>, Error>> {
        let item = Arc::pin_init(Item::new(name, self.links.clone())?, GFP_KERNEL)?;
        let way = |end| OneWay {
            item: item.clone(),
            end,
        };
        let ways = [(c"ab", way(0)), (c"ba", way(1))];
        WithGroups::group(name.try_into()?, item_type(), item, direction_type(), ways)
    }
}

/// Registers the directory. From then on there may be items, which keep the module loaded: so only
/// unloading may remove the directory.
pub(crate) fn subsystem(links: Arc<LinkOps<Port>>) -> impl PinInit<Subsystem<Root>, Error> {
    let root_type = configfs_attrs! {
        container: Subsystem<Root>,
        data: Root,
        child: ItemGroup,
        attributes: [],
    };
    Subsystem::new(c"vnet_rs", root_type, Ok(Root { links }))
}
