//! Who may ring: a change is kept, and goes to the server, the agent and the UI.

use std::time::Duration;

use ringdove_call::{CallCommand, CallPhase};
use ringdove_protocol::{ClientMessage, Name};

use super::{Core, Kept};
use crate::{
    app::{Event, Notice},
    privacy::{Full, Privacy},
};

impl Core {
    pub(super) fn set_blocked(&mut self, now: Duration, name: Name, blocked: bool) {
        let calls = self.agent.view(now).is_some_and(|view| {
            matches!(view.phase, CallPhase::Ringing | CallPhase::Silenced) && view.peer.name == name
        });
        if blocked && calls {
            self.call(now, CallCommand::Decline);
        }
        self.change_privacy(now, |privacy| privacy.set_blocked(name, blocked));
    }

    /// The one way in which it changes who may ring: it is kept, and server, agent and UI are told.
    pub(super) fn change_privacy(
        &mut self,
        now: Duration,
        change: impl FnOnce(&mut Privacy) -> Result<(), Full>,
    ) {
        let before = self.privacy.clone();
        if change(&mut self.privacy) == Err(Full) {
            return self.notice(Notice::ListFull);
        }
        if self.privacy.rings != before.rings {
            self.rings_untold = true;
            self.tell_rings();
        }
        if self.privacy.quiet != before.quiet {
            self.drive_agent(now, ringdove_call::Input::Quiet(self.privacy.quiet));
        }
        if self.privacy != before {
            let privacy = self.privacy.clone();
            self.keep(Kept::Privacy, &privacy);
            self.event(Event::Privacy { privacy });
        }
    }

    /// What changes between the login and its answer has to wait for that.
    pub(super) fn tell_rings(&mut self) {
        if self.rings_untold && self.link.is_online() {
            self.rings_untold = false;
            self.link.send(ClientMessage::Rings { rings: self.privacy.rings.clone() });
            self.flush_link();
        }
    }
}
