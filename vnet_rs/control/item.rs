// SPDX-License-Identifier: GPL-2.0

//! A configfs item: what is written into it, and the ports that come of that.
//!
//! A writer holds the item's lock from before the first look until all is done, and
//! takes RTNL under it. A port may die at any time (`ip link del`, its namespace), under
//! RTNL and without that lock: then the segment forgets it (`ndo_uninit`), which is where the
//! item looks. A pair with one end gone is powered off, but what lives of it stays what it is:
//! `power` makes the missing end anew, and changes nothing about the other.
//!
//! configfs drops an item in `rmdir`, also while somebody has an attribute open; its ports
//! go with it.

use super::super::{
    cable::limits::Lack,
    driver::{
        plug::Plug,
        port::Port,
        segment::Segment, //
    }, //
};
use super::{
    attribute::{
        self,
        ParseError,
        Value, //
    },
    description::Description,
    table::{
        Accessor,
        Attribute,
        Effect, //
    }, //
};
use crate::net::{
    self,
    LinkOps,
    Namespace,
    RtnlLock, //
};
use kernel::{
    fmt,
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

/// What `mkdir` makes.
#[pin_data]
pub(crate) struct Item {
    name: CString,
    #[pin]
    state: Mutex<State>,
}

struct State {
    links: Arc<LinkOps<Port>>,
    /// What was written.
    wanted: Description,
    /// What the ports are plugged into that the last `power` made; they may have died.
    segment: Option<Arc<Segment<Port>>>,
}

/// Why a write is refused.
enum WriteError {
    /// For what it says.
    Value(ParseError),
    /// For when it says it: what is not to be changed is in use.
    InUse,
    /// For it cannot be written.
    ReadOnly,
    /// By who was to do it.
    Failed(Error),
}

impl From<ParseError> for WriteError {
    fn from(error: ParseError) -> Self {
        Self::Value(error)
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Value(ParseError::TooLong) => E2BIG,
            WriteError::Value(ParseError::Malformed) => EINVAL,
            WriteError::Value(ParseError::OutOfRange) => ERANGE,
            WriteError::InUse => EBUSY,
            WriteError::ReadOnly => EPERM,
            WriteError::Failed(error) => error,
        }
    }
}

impl Item {
    /// An item that describes a port as loading the module would make it.
    pub(crate) fn new(name: &CStr, links: Arc<LinkOps<Port>>) -> Result<impl PinInit<Self, Error>> {
        let name = CString::try_from(name)?;
        let wanted = Description::new()?;
        Ok(try_pin_init!(Self {
            name,
            state <- new_mutex!(State {
                links,
                wanted,
                segment: None,
            }),
        }))
    }

    /// What an attribute is now.
    pub(crate) fn read(&self, attribute: &Attribute) -> Value {
        let state = self.state.lock();
        match &attribute.effect {
            Effect::Power => Value::Number(u64::from(state.is_on())),
            Effect::Follows(from) => Value::Number(from(&state.live().unwrap_or(state.wanted))),
            Effect::Structure(field) | Effect::Name(_, field) | Effect::Live(field) => {
                (field.get)(&state.live().unwrap_or(state.wanted))
            }
        }
    }

    /// Writes an attribute.
    ///
    /// # Errors
    ///
    /// Those of [`WriteError`]; then nothing has changed, and the log says what is allowed.
    pub(crate) fn write(&self, attribute: &Attribute, text: &[u8]) -> Result {
        self.try_write(attribute, text).map_err(|error| {
            if net::ratelimit() {
                let text = attribute::without_newline(text);
                let text = BStr::from_bytes(text.get(..QUOTED).unwrap_or(text));
                let (item, name) = (&*self.name, attribute.name);
                pr_err!(
                    "{}: {}={}: {}\n",
                    item,
                    name,
                    text,
                    Explanation(attribute, &error)
                );
            }
            error.into()
        })
    }

    fn try_write(&self, attribute: &Attribute, text: &[u8]) -> Result<(), WriteError> {
        let value = attribute.allowed.parse(text)?;
        let mut state = self.state.lock();
        match &attribute.effect {
            Effect::Power if value == Value::Number(0) => {
                state.power_off();
                Ok(())
            }
            Effect::Power => state.power_on().map_err(WriteError::Failed),
            Effect::Follows(_) => Err(WriteError::ReadOnly),
            Effect::Structure(_) if state.live().is_some() => Err(WriteError::InUse),
            Effect::Name(end, _) if state.lives(*end) => Err(WriteError::InUse),
            Effect::Structure(field) | Effect::Name(_, field) => {
                Ok((field.set)(&mut state.wanted, value)?)
            }
            Effect::Live(field) => {
                if let Some(lack) = state.set_live(field, value)? {
                    if net::ratelimit() {
                        pr_warn!("{}: {}\n", &*self.name, core::format_args!("{lack}"));
                    }
                }
                Ok(())
            }
        }
    }
}

impl State {
    /// What the ports are, if any of them lives.
    fn live(&self) -> Option<Description> {
        let segment = self.segment.as_ref()?;
        RtnlLock::with(|rtnl| self.wanted.live(segment, rtnl)).ok()?
    }

    /// Whether all ports live.
    fn is_on(&self) -> bool {
        let segment = self.segment.as_ref();
        segment.is_some_and(|segment| RtnlLock::with(|rtnl| segment.is_whole(rtnl)) == Ok(true))
    }

    /// Whether the port at an end lives; of an end that the segment does not have, the other one.
    fn lives(&self, end: usize) -> bool {
        let segment = self.segment.as_ref();
        let lives = |segment: &Arc<Segment<Port>>| {
            let end = end.min(segment.ends().saturating_sub(1));
            RtnlLock::with(|rtnl| segment.registered(end, rtnl).is_some()) == Ok(true)
        };
        segment.is_some_and(lives)
    }

    /// Sets what can be changed at any time. Returns what is lacking because of that.
    fn set_live(&mut self, field: &Accessor, value: Value) -> Result<Option<Lack>, WriteError> {
        let mut wanted = self.wanted;
        (field.set)(&mut wanted, value)?;
        let mut change = (self.wanted, wanted);
        if let Some(segment) = &self.segment {
            RtnlLock::with(|rtnl| {
                // What else has been changed by other means stays as it is.
                let Some(mut now) = self.wanted.live(segment, rtnl) else {
                    return Ok(());
                };
                let before = now;
                (field.set)(&mut now, value)?;
                change = (before, now);
                now.apply(segment, rtnl).map_err(WriteError::Failed)
            })
            .map_err(WriteError::Failed)??;
        }
        self.wanted = wanted;
        let (before, now) = change;
        let told = before.lack();
        Ok(now.lack().filter(|lack| told != Some(*lack)))
    }

    /// Makes the ports that there are not, in the network namespace of the task that runs this, or
    /// none of them.
    fn power_on(&mut self) -> Result {
        let namespace = Namespace::current().ok_or(ENODEV)?;
        let segment = RtnlLock::with(|rtnl| match &self.segment {
            Some(segment) if self.wanted.live(segment, rtnl).is_some() => {
                self.repair(segment, &namespace, rtnl)?;
                Ok(segment.clone())
            }
            _ => self.make(&namespace, rtnl),
        })??;
        self.segment = Some(segment);
        Ok(())
    }

    /// Makes a new segment with all its ports.
    fn make(&self, namespace: &Namespace, rtnl: &mut RtnlLock) -> Result<Arc<Segment<Port>>> {
        let segment = self.wanted.segment()?;
        let done = (0..segment.ends())
            .try_for_each(|end| self.add(&segment, end, namespace, rtnl))
            .and_then(|()| self.wanted.apply(&segment, rtnl));
        if let Err(error) = done {
            segment.remove_ports(&self.links, rtnl);
            return Err(error);
        }
        Ok(segment)
    }

    /// Makes the end that is missing, if one is, with the faults that were written. What else
    /// belongs to the link is the segment's, which has been there all the time.
    fn repair(
        &self,
        segment: &Arc<Segment<Port>>,
        namespace: &Namespace,
        rtnl: &mut RtnlLock,
    ) -> Result {
        let missing = (0..segment.ends()).find(|end| segment.registered(*end, rtnl).is_none());
        let Some(end) = missing else {
            return Ok(());
        };
        self.add(segment, end, namespace, rtnl)?;
        self.wanted.apply_faults(segment, end, rtnl);
        Ok(())
    }

    /// Makes the port at one end of a segment.
    fn add(
        &self,
        segment: &Arc<Segment<Port>>,
        end: usize,
        namespace: &Namespace,
        rtnl: &mut RtnlLock,
    ) -> Result {
        let name = match end {
            0 => &self.wanted.name,
            _ => &self.wanted.peer_name,
        };
        let port = Port::new(Plug::new(segment, end)?, self.wanted.config);
        let dev = self
            .links
            .add_to(Some(namespace), name.as_c_str(), port, rtnl)?;
        dev.driver().plug.set_registered(Some(dev.clone()), rtnl);
        Ok(())
    }

    /// Removes what there is of the ports.
    fn power_off(&mut self) {
        if let Some(segment) = self.segment.take() {
            // It fails in a task that holds RTNL, as none does that writes to configfs.
            let _ = RtnlLock::with(|rtnl| segment.remove_ports(&self.links, rtnl));
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.power_off();
    }
}

/// Why a write is refused, in words.
struct Explanation<'a>(&'a Attribute, &'a WriteError);

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            WriteError::Value(_) => self.0.allowed.explain(to),
            WriteError::InUse => {
                to.write_str("must not change while there is a port: power 0 removes it")
            }
            WriteError::ReadOnly => to.write_str("follows from the other attributes"),
            WriteError::Failed(error) if *error == ENOMEM => {
                to.write_str("there is not enough memory: see memory_bytes")
            }
            WriteError::Failed(error) => write!(to, "failed with error {}", error.to_errno()),
        }
    }
}
