// SPDX-License-Identifier: GPL-2.0

//! A configfs item: its attributes are read and written here, and its ports are in ports.rs.
//!
//! A writer holds the item's lock from before the first look until all is done, and takes RTNL
//! under it. configfs drops an item in `rmdir`, also while somebody has an attribute open; its
//! ports go with it.

use super::super::{
    cable::{
        direction::NAMES,
        limits::Lack, //
    },
    driver::port::Port, //
};
use super::{
    attribute,
    description::Description,
    parse_error::ParseError,
    ports::Ports,
    table::{
        Attribute,
        DirectionAccessor,
        Effect, //
    }, //
    value::Value,
    write_error::{
        Explanation,
        WriteError, //
    }, //
};
use crate::net::{
    self,
    configfs::WithGroups,
    LinkOps, //
};
use kernel::{
    new_mutex,
    prelude::*,
    str::{
        BStr,
        CString, //
    },
    sync::{
        Arc,
        Mutex, //
    }, //
};

/// The most that the log repeats of a text, in bytes.
const QUOTED: usize = 32;

/// A directory that `mkdir` makes.
#[pin_data]
pub(crate) struct Item {
    name: CString,
    #[pin]
    ports: Mutex<Ports>,
}

/// The directory of an item.
pub(crate) type ItemGroup = WithGroups<Arc<Item>, OneWay>;

/// The directory of one direction of an item's cable.
pub(crate) struct OneWay {
    pub(crate) item: Arc<Item>,
    /// The end of the cable where the frames of this direction are sent.
    pub(crate) end: usize,
}

/// The directions that an access to an attribute is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Both of them.
    Both,
    /// The direction that begins at an end.
    One(usize),
}

impl Which {
    fn includes(self, end: usize) -> bool {
        self == Self::Both || self == Self::One(end)
    }

    /// The directory of the attributes, as in the path of a file.
    fn directory(self) -> &'static str {
        match self {
            Self::Both => "",
            Self::One(0) => "ab/",
            Self::One(_) => "ba/",
        }
    }
}

impl Item {
    /// An item that describes a port as loading the module would make it.
    pub(crate) fn new(name: &CStr, links: Arc<LinkOps<Port>>) -> Result<impl PinInit<Self, Error>> {
        let name = CString::try_from(name)?;
        let ports = Ports::new(links, Description::new()?);
        Ok(try_pin_init!(Self {
            name,
            ports <- new_mutex!(ports),
        }))
    }

    /// Prints the value that an attribute has now; of both directions, first `ab` and then `ba`
    /// where they differ. Returns the number of bytes.
    pub(crate) fn read(&self, attribute: &Attribute, which: Which, page: &mut [u8]) -> usize {
        let ports = self.ports.lock();
        let now = || ports.live().unwrap_or(ports.wanted);
        let value = match &attribute.effect {
            Effect::Power => Value::Number(u64::from(ports.is_on())),
            Effect::Follows(from) => Value::Number(from(&now())),
            Effect::Structure(place) | Effect::Name(_, place) | Effect::Live(place) => {
                (place.get)(&now())
            }
            Effect::Direction(place) => {
                let values = now().directions.map(|direction| (place.get)(&direction));
                return print(attribute, values, which, page);
            }
        };
        attribute.allowed.print(value, page)
    }

    /// Writes an attribute.
    ///
    /// # Errors
    ///
    /// Those of [`WriteError`]; then nothing has changed, and the log has the allowed values.
    pub(crate) fn write(&self, attribute: &Attribute, which: Which, text: &[u8]) -> Result {
        self.try_write(attribute, which, text).map_err(|why| {
            if net::ratelimit() {
                let text = attribute::without_newline(text);
                let text = BStr::from_bytes(text.get(..QUOTED).unwrap_or(text));
                pr_err!(
                    "{}: {}{}={}: {}\n",
                    &*self.name,
                    which.directory(),
                    attribute.name,
                    text,
                    Explanation(attribute, &why)
                );
            }
            why.into()
        })
    }

    fn try_write(
        &self,
        attribute: &Attribute,
        which: Which,
        text: &[u8],
    ) -> Result<(), WriteError> {
        if let Effect::Direction(place) = &attribute.effect {
            let text = attribute::without_newline(text);
            return self.set_direction(attribute, place, which, text);
        }
        let value = attribute.allowed.parse(text)?;
        let mut ports = self.ports.lock();
        match &attribute.effect {
            Effect::Power if value == Value::Number(0) => {
                ports.power_off();
                Ok(())
            }
            Effect::Power => ports.power_on().map_err(WriteError::Failed),
            Effect::Structure(_) if ports.live().is_some() => Err(WriteError::InUse),
            Effect::Name(end, _) if ports.lives(*end) => Err(WriteError::InUse),
            Effect::Structure(place) | Effect::Name(_, place) => {
                Ok((place.set)(&mut ports.wanted, value)?)
            }
            Effect::Live(place) => {
                ports.set_live(&|description| (place.set)(description, value))?;
                Ok(())
            }
            Effect::Follows(_) | Effect::Direction(_) => Err(WriteError::ReadOnly),
        }
    }

    /// Writes an attribute of one direction, or of both: one value for both, or `ab`'s, a blank and
    /// `ba`'s.
    fn set_direction(
        &self,
        attribute: &Attribute,
        place: &DirectionAccessor,
        which: Which,
        text: &[u8],
    ) -> Result<(), WriteError> {
        if text.contains(&b'\n') {
            return Err(ParseError::Malformed.into());
        }
        let words = match text.iter().position(|byte| *byte == b' ') {
            Some(blank) if which == Which::Both => text.split_at(blank),
            _ => (text, text),
        };
        let (ab, ba) = (words.0, words.1.strip_prefix(b" ").unwrap_or(words.1));
        let values = [attribute.allowed.parse(ab)?, attribute.allowed.parse(ba)?];
        let lacks = self.ports.lock().set_live(&|description| {
            let mut directions = description.directions.iter_mut().zip(values).enumerate();
            directions.try_for_each(|(end, (direction, value))| {
                if which.includes(end) {
                    (place.set)(direction, value)
                } else {
                    Ok(())
                }
            })
        })?;
        if net::ratelimit() {
            self.warn(lacks);
        }
        Ok(())
    }

    /// Warns of directions with too little room for full frames at full rate.
    fn warn(&self, lacks: [Option<Lack>; 2]) {
        if let [Some(ab), Some(ba)] = &lacks {
            if ab == ba {
                return pr_warn!("{}: {}\n", &*self.name, core::format_args!("{ab}"));
            }
        }
        for (name, lack) in NAMES.iter().zip(lacks) {
            if let Some(lack) = lack {
                pr_warn!(
                    "{}: {}: {}\n",
                    &*self.name,
                    name,
                    core::format_args!("{lack}")
                );
            }
        }
    }
}

/// Prints the values that a property has in both directions, or that of one.
fn print(attribute: &Attribute, [ab, ba]: [Value; 2], which: Which, page: &mut [u8]) -> usize {
    let first = if which.includes(0) { ab } else { ba };
    let len = attribute.allowed.print(first, page);
    if which != Which::Both || ab == ba {
        return len;
    }
    let Some((first, rest)) = page.split_at_mut_checked(len) else {
        return len;
    };
    if let Some(newline) = first.last_mut() {
        *newline = b' ';
    }
    len + attribute.allowed.print(ba, rest)
}
