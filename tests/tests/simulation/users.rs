//! What users, media and the world do by chance.

use std::time::Duration;

use ringdove_call::{DeviceFailure, MediaAction, MediaCommand, MediaEvent, MediaReport};
use ringdove_client::app::Command;
use ringdove_protocol::{CallId, DescriptionKind, Media, Name, Role, Signal};

use crate::{
    device::{MediaSide, first_name},
    world::{Event, World},
};

/// What a user does.
#[derive(Clone, Debug)]
pub(crate) enum Whim {
    Do(Command),
    /// Loads the page anew, and signs in again.
    Reload,
}

impl World {
    /// One second of everybody's whims.
    pub(crate) fn draw_whims(&mut self) {
        for device in 0..self.devices.len() {
            let at = Duration::from_millis(self.rng.below(1000));
            if self.devices[device].is_signed_out() {
                if self.rng.chance(0.2) {
                    let whim = Whim::Do(self.devices[device].sign_in());
                    self.schedule_for(device, at, Event::Whim { device, whim });
                }
                continue;
            }
            let media = if self.rng.chance(0.5) { Media::VIDEO } else { Media::AUDIO };
            let account = self.rng.below(3) as usize;
            let command = match self.rng.below(100) {
                0..=6 => Command::Call { to: name(first_name(account)), media },
                7..=20 => Command::Accept { media },
                21..=24 => Command::Decline,
                25..=29 => Command::HangUp,
                30 => Command::Silence,
                31..=33 => Command::DismissCall,
                34 => Command::Chat { text: "hello".to_owned() },
                35 if self.rng.chance(0.1) => Command::SignOut,
                36 if self.rng.chance(0.1) => Command::Rename { name: self.wished_name(device) },
                _ => continue,
            };
            self.schedule_for(device, at, Event::Whim { device, whim: Whim::Do(command) });
        }
    }

    /// Another name, sometimes one that somebody else has; in time everybody goes back to the first.
    fn wished_name(&mut self, device: usize) -> String {
        let account = self.devices[device].account;
        match self.rng.below(4) {
            0 => first_name((account + 1) % 3).to_owned(),
            1 => format!("{} again", first_name(account)),
            _ => first_name(account).to_owned(),
        }
    }

    /// One second of bad luck.
    pub(crate) fn draw_faults(&mut self) {
        let faults = self.faults;
        for device in 0..self.devices.len() {
            if self.rng.chance(faults.cut)
                && let Some(connection) = self.devices[device].connection
            {
                let is_silent = self.rng.chance(0.5);
                self.cut(connection, is_silent);
            }
            if self.rng.chance(faults.reload) {
                let whim = Whim::Reload;
                self.schedule_for(device, Duration::ZERO, Event::Whim { device, whim });
            }
            if self.rng.chance(faults.sleep) {
                let time = Duration::from_millis(self.rng.below(70_000));
                let stops_clock = self.rng.chance(0.5);
                self.fall_asleep(device, time, stops_clock);
            }
            if self.rng.chance(faults.media) {
                self.disturb_media(device);
            }
        }
        if self.server_is_up && self.rng.chance(faults.crash) {
            let away = Duration::from_millis(self.rng.below(20_000));
            self.crash(away, 0.3);
        }
        if self.rng.chance(faults.jump) {
            let day = Duration::from_secs(86_400);
            self.wall = if self.rng.chance(0.5) { self.wall / 2 } else { self.wall + day * 365 };
            if !self.clock_is_fixed {
                self.server.set_wall_clock(self.wall);
            }
        }
    }

    pub(crate) fn whim(&mut self, device: usize, whim: Whim) {
        match whim {
            Whim::Do(command) => self.command(device, command),
            Whim::Reload => {
                if self.devices[device].sleep.is_some() {
                    return;
                }
                self.tell(format_args!("{}: reloads", self.label(device)));
                if let Some(connection) = self.devices[device].connection {
                    self.cut(connection, false);
                }
                self.lose_media(device);
                self.devices[device].reload();
                self.command(device, self.devices[device].sign_in());
            }
        }
    }

    fn disturb_media(&mut self, device: usize) {
        let Some(side) = &self.devices[device].media else { return };
        let call_id = side.call_id;
        let event = match self.rng.below(20) {
            0 => MediaEvent::DeviceFailed { failure: DeviceFailure::NoDevice },
            1..=3 => return self.input(device, ringdove_client::Input::NetworkChanged),
            4..=7 => MediaEvent::Failed,
            _ => MediaEvent::Disconnected,
        };
        // Most losses mend by themselves.
        if matches!(event, MediaEvent::Disconnected) && self.rng.chance(0.7) {
            let after = Duration::from_millis(self.rng.below(8000));
            self.report(device, call_id, after, MediaEvent::Connected);
        }
        self.report(device, call_id, Duration::ZERO, event);
    }

    /// A media side that connects as soon as an offer was answered.
    pub(crate) fn media(&mut self, device: usize, command: MediaCommand) {
        let MediaCommand { call_id, action } = command;
        let soon = Duration::from_millis(self.devices[device].rng.below(60));
        match action {
            MediaAction::Start { role, .. } => {
                self.devices[device].media = Some(MediaSide { call_id, connected: false });
                if role == Role::Caller {
                    self.describe(device, call_id, soon, DescriptionKind::Offer);
                }
                let end_of_candidates =
                    MediaEvent::Signal { signal: Signal::Candidate { candidate: None } };
                self.report(device, call_id, soon * 2, end_of_candidates);
            }
            MediaAction::Stop => self.lose_media(device),
            MediaAction::RestartIce => {
                self.describe(device, call_id, soon, DescriptionKind::Offer);
            }
            MediaAction::HangUp => {
                if let Some(peer) = self.media_peer(device)
                    && self.devices[peer].media.as_ref().is_some_and(|side| side.connected)
                    && self.rng.chance(0.8)
                {
                    self.report(peer, call_id, soon, MediaEvent::RemoteHangUp);
                }
            }
            MediaAction::Signal { signal: Signal::Description { description } } => {
                if description.kind == DescriptionKind::Offer {
                    self.describe(device, call_id, soon, DescriptionKind::Answer);
                }
                if self.media_peer(device).is_some() {
                    self.report(device, call_id, soon, MediaEvent::Connected);
                }
            }
            MediaAction::Signal { .. } => {}
        }
    }

    /// The media side of a device is gone; what ICE at the other end sees of it when nobody says so.
    fn lose_media(&mut self, device: usize) {
        let peer = self.media_peer(device);
        if let Some(side) = self.devices[device].media.take()
            && let Some(peer) = peer
        {
            let after = Duration::from_secs(5);
            self.report(peer, side.call_id, after, MediaEvent::Disconnected);
        }
    }

    /// The other device whose media side runs in the same call.
    fn media_peer(&self, device: usize) -> Option<usize> {
        let call_of = |device: usize| self.devices[device].media.as_ref().map(|side| side.call_id);
        let own = call_of(device)?;
        (0..self.devices.len()).find(|other| *other != device && call_of(*other) == Some(own))
    }

    fn describe(&mut self, device: usize, call_id: CallId, after: Duration, kind: DescriptionKind) {
        let life = self.devices[device].life;
        self.schedule_for(device, after, Event::Describe { device, life, call_id, kind });
    }

    fn report(&mut self, device: usize, call_id: CallId, after: Duration, event: MediaEvent) {
        if let Some(side) = self.devices[device].media.as_mut()
            && side.call_id == call_id
            && event == MediaEvent::Connected
        {
            side.connected = true;
        }
        let life = self.devices[device].life;
        let report = MediaReport { call_id, event };
        self.schedule_for(device, after, Event::Report { device, life, report });
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}
