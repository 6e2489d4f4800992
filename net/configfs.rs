// SPDX-License-Identifier: GPL-2.0

//! `struct config_group`: a directory of configfs that has directories of its own from the start.
//!
//! `kernel::configfs` makes directories when users do (`mkdir`), but no default groups.

use super::bindings;
use core::{
    ops::Deref,
    ptr::NonNull, //
};
use kernel::{
    configfs::{
        Group,
        HasGroup,
        ItemType, //
    },
    prelude::*,
    str::CString,
    sync::Arc, //
};

/// A default group, which goes when this is dropped.
///
/// # Invariants
///
/// The pointer is from [`Arc::into_raw`], and that reference is the one that the `config_item`
/// counts as its first.
struct DefaultGroup<C>(NonNull<Group<C>>);

// SAFETY: it is a reference as `Arc<Group<C>>` is, of which it needs the same.
unsafe impl<C: Send + Sync> Send for DefaultGroup<C> {}
// SAFETY: there is nothing to be done with a shared one.
unsafe impl<C: Send + Sync> Sync for DefaultGroup<C> {}

impl<C> DefaultGroup<C> {
    fn as_config_group(&self) -> *mut kernel::bindings::config_group {
        // SAFETY: by the invariant this is a valid allocation of a group.
        unsafe { Group::<C>::group(self.0.as_ptr()) }.cast_mut()
    }
}

impl<C> Drop for DefaultGroup<C> {
    fn drop(&mut self) {
        // SAFETY: by the invariant there is such an item, with a reference that is given up here.
        // Its directory is gone: this is part of the data of its parent (`WithGroups`), which is
        // dropped in the parent's `release()`, and configfs_rmdir() has detached and unlinked all
        // default groups before it drops the parent.
        unsafe { kernel::bindings::config_item_put(&raw mut (*self.as_config_group()).cg_item) };
    }
}

/// The data of a directory that has default groups.
pub(crate) struct WithGroups<P, C> {
    data: P,
    _groups: KVec<DefaultGroup<C>>,
}

impl<P, C> Deref for WithGroups<P, C> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.data
    }
}

impl<P: Send + Sync + 'static, C: Send + Sync + 'static> WithGroups<P, C> {
    /// A directory with `data`, and in it the directories `children`, each with a name and data.
    /// Users can neither make nor remove those, which come and go with the first one. May sleep.
    ///
    /// C: `configfs_add_default_group()`.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn group<const N: usize>(
        name: CString,
        item_type: &'static ItemType<Group<Self>, Self>,
        data: P,
        child_type: &'static ItemType<Group<C>, C>,
        children: [(&CStr, C); N],
    ) -> Result<impl PinInit<Group<Self>, Error>> {
        let mut groups = KVec::with_capacity(N, GFP_KERNEL)?;
        let mut pointers = [core::ptr::null_mut(); N];
        for ((name, data), pointer) in children.into_iter().zip(&mut pointers) {
            let child = Group::new(CString::try_from(name)?, child_type, Ok(data));
            let child = Arc::pin_init(child, GFP_KERNEL)?;
            // SAFETY: Arc::into_raw() never returns null.
            let raw = unsafe { NonNull::new_unchecked(Arc::into_raw(child).cast_mut()) };
            // INVARIANT: the pointer is from `Arc::into_raw()`, and the reference is the first one.
            let group = DefaultGroup(raw);
            *pointer = group.as_config_group();
            groups.push(group, GFP_KERNEL)?;
        }
        let data = Self {
            data,
            _groups: groups,
        };
        let group = Group::new(name, item_type, Ok(data)).pin_chain(move |group| {
            // SAFETY: the group is a valid allocation.
            let parent = unsafe { Group::<Self>::group(&raw const *group) }.cast_mut();
            for child in pointers {
                // SAFETY: both groups have been initialised by config_group_init_type_name(). The
                // parent is not published yet. Each child is in no list but this one, and its owner
                // is in the parent's data: so the list has no entry that is gone, for as long as it
                // can be looked at.
                unsafe { bindings::net_rs_add_default_group(child.cast(), parent.cast()) };
            }
            Ok(())
        });
        Ok(group)
    }
}
