//! What was said, and what was typed but is not yet known to have been said.

use std::collections::VecDeque;

use ringdove_protocol::Name;

use crate::app::Line;

/// How many lines a UI that starts late gets.
const LINES: usize = 500;
/// How many own texts may wait for their echo; more than the server's rate limit lets through.
const UNCONFIRMED: usize = 64;

/// The lines of the public room and of private talks.
#[derive(Debug, Default)]
pub(crate) struct Room {
    lines: VecDeque<Line>,
    unconfirmed: VecDeque<Unsaid>,
}

/// A text of one's own that the server has not echoed.
#[derive(Debug, PartialEq, Eq)]
struct Unsaid {
    to: Option<Name>,
    text: String,
}

impl Room {
    /// Notes a text that was handed to the link.
    pub(crate) fn sent(&mut self, to: Option<Name>, text: String) {
        if self.unconfirmed.len() == UNCONFIRMED {
            self.unconfirmed.pop_front();
        }
        self.unconfirmed.push_back(Unsaid { to, text });
    }

    /// Takes a line from the server; one's own lines come back this way as well.
    pub(crate) fn heard(&mut self, line: Line, own: bool) {
        if own {
            let echo = |unsaid: &Unsaid| unsaid.to == line.to && unsaid.text == line.text;
            if let Some(at) = self.unconfirmed.iter().position(echo) {
                self.unconfirmed.remove(at);
            }
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Takes back the oldest own text, private or public, that the server refused.
    pub(crate) fn refused(&mut self, private: bool) -> Option<String> {
        let at = self.unconfirmed.iter().position(|unsaid| unsaid.to.is_some() == private)?;
        self.unconfirmed.remove(at).map(|unsaid| unsaid.text)
    }

    /// Takes back every own text that may have been lost with the link.
    pub(crate) fn link_lost(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.unconfirmed).into_iter().map(|unsaid| unsaid.text)
    }

    /// Forgets what was said, so that the next to sign in here does not read it.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
    }

    /// The newest lines, oldest first.
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lines.iter().cloned().collect()
    }
}
