//! The devices of one's account: the first one vouches for others, another one lets itself be vouched for.

use std::time::Duration;

use ringdove_protocol::DeviceLink;
use ringdove_seal::vouched;

use super::{Core, Kept};
use crate::{
    app::{DeviceRefusal, Event, Notice, OwnDevices},
    devices::{NamedLink, code, parse_code},
};

impl Core {
    /// The user says that the device of this code is theirs.
    pub(super) fn sign_device(&mut self, typed: &str) {
        match self.signed_link(typed) {
            Ok(link) => {
                self.signed = Some(link);
                self.show_devices();
            }
            Err(refusal) => self.notice(Notice::DeviceRefused { refusal }),
        }
    }

    fn signed_link(&self, typed: &str) -> Result<DeviceLink, DeviceRefusal> {
        let device = parse_code(typed).ok_or(DeviceRefusal::CodeInvalid)?;
        let identity = self.link.identity();
        if self.link.device_link().is_some() {
            return Err(DeviceRefusal::NotFirst);
        }
        if device == identity.device_key() {
            return Err(DeviceRefusal::Oneself);
        }
        if !self.link.is_online() {
            return Err(DeviceRefusal::Offline);
        }
        Ok(identity.vouch(&device))
    }

    /// The user brings the link that their first device has signed: becomes a further one.
    pub(super) fn take_link(&mut self, now: Duration, typed: &str, server: Option<String>) {
        let device = self.link.identity().device_key();
        let named = match NamedLink::parse(typed) {
            None => Err(DeviceRefusal::LinkInvalid),
            Some(named) if named.link.account_key == device => Err(DeviceRefusal::Oneself),
            Some(named) if !vouched(&named.link, &device) => Err(DeviceRefusal::LinkOfAnother),
            Some(named) => Ok(named),
        };
        match named {
            Err(refusal) => self.notice(Notice::DeviceRefused { refusal }),
            Ok(NamedLink { link, name }) => {
                let server = server.or_else(|| self.link.server().map(str::to_owned));
                self.set_device_link(now, Some(link));
                self.sign_in(now, server, name.as_str(), None);
            }
        }
    }

    /// The user wants this device to stand for itself again.
    pub(super) fn drop_link(&mut self, now: Duration) {
        if self.link.device_link().is_some() {
            self.set_device_link(now, None);
        }
    }

    /// What this device signs in with, and seals calls with, changes while it is signed out.
    fn set_device_link(&mut self, now: Duration, link: Option<DeviceLink>) {
        self.sign_out(now);
        self.keep(Kept::Link, &link);
        self.sealing.set_link(link.clone());
        self.link.set_device_link(link);
        self.show_devices();
    }

    /// The link for another device bears one's name, which has changed or is none any more.
    pub(super) fn settle_signed(&mut self) {
        if self.signed.is_some() {
            if self.link.is_signed_out() {
                self.signed = None;
            }
            self.show_devices();
        }
    }

    fn show_devices(&mut self) {
        let devices = self.devices();
        self.event(Event::Devices { devices });
    }

    pub(super) fn devices(&self) -> OwnDevices {
        let name = self.link.name().cloned();
        let signed = self.signed.clone().zip(name);
        OwnDevices {
            code: code(&self.link.identity().device_key()),
            linked: self.link.device_link().is_some(),
            signed: signed.map(|(link, name)| NamedLink { link, name }.to_text()),
        }
    }
}
