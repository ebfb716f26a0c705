//! Who may ring this device. The host keeps it; the server is told at each login.

use ringdove_protocol::{Name, RING_NAMES_MAX, RingRule};
use serde::{Deserialize, Serialize};

/// Who may ring this device, and whether it makes a sound then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct Privacy {
    /// Whether calls come in without ringing: do not disturb.
    pub quiet: bool,
    /// Who may ring; the lists hold 240 names each at most.
    pub rings: RingRule,
}

/// A list holds as many names as it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Privacy {
    /// Adds a contact, who is then not blocked, or removes one.
    pub(crate) fn set_contact(&mut self, name: Name, contact: bool) -> Result<(), Full> {
        let RingRule { contacts, blocked, .. } = &mut self.rings;
        if !contact {
            contacts.remove(&name);
            return Ok(());
        }
        if contacts.len() >= RING_NAMES_MAX && !contacts.contains(&name) {
            return Err(Full);
        }
        blocked.remove(&name);
        contacts.insert(name);
        Ok(())
    }

    /// Blocks somebody, who is then no contact, or does so no more.
    pub(crate) fn set_blocked(&mut self, name: Name, block: bool) -> Result<(), Full> {
        let RingRule { contacts, blocked, .. } = &mut self.rings;
        if !block {
            blocked.remove(&name);
            return Ok(());
        }
        if blocked.len() >= RING_NAMES_MAX && !blocked.contains(&name) {
            return Err(Full);
        }
        contacts.remove(&name);
        blocked.insert(name);
        Ok(())
    }
}
