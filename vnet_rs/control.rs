// SPDX-License-Identifier: GPL-2.0

//! The descriptions of cables and ports that configfs has.

pub(crate) mod attribute;
pub(crate) mod attributes;
pub(crate) mod configfs;
pub(crate) mod description;
pub(crate) mod item;
pub(crate) mod name;
pub(crate) mod parse_error;
pub(crate) mod ports;
pub(crate) mod table;
pub(crate) mod value;
pub(crate) mod write_error;
