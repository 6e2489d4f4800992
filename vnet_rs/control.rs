// SPDX-License-Identifier: GPL-2.0

//! Descriptions of cables and ports, as configfs has them.

pub(crate) mod attribute;
pub(crate) mod configfs;
pub(crate) mod description;
pub(crate) mod item;
pub(crate) mod ports;
pub(crate) mod table;
pub(crate) mod write_error;
