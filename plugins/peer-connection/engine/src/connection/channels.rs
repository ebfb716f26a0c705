//! Data channels (RFC 8831, RFC 8832): the page's handles over str0m's ids, and messages until SCTP
//! takes them.

use std::collections::VecDeque;

use str0m::channel::{ChannelConfig, ChannelData, ChannelId, Reliability};

use super::Connection;
use crate::wire::{Event, FLAG_TEXT, Failure, Header, KIND_DATA, OpenChannel};

/// Handles from here on are the engine's, for channels that the remote opened.
const FIRST_OF_ENGINE: u16 = 32768;
/// RFC 8831 6.1 has 65535 streams; a page that opens this many has gone wrong.
const MOST: usize = 1024;
/// What one channel may have waiting, as in Chromium; more ends it.
const MOST_QUEUED: usize = 16 << 20;
/// A fall by less is told with the next one, unless nothing is left.
const STEP: usize = 4096;

#[derive(Default)]
pub(super) struct Channels {
    all: Vec<Channel>,
    next_handle: u16,
}

struct Channel {
    handle: u16,
    id: ChannelId,
    negotiated: Option<u16>,
    state: State,
    queue: VecDeque<(bool, Vec<u8>)>,
    queued: usize,
    told: usize,
    sent: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Open,
    /// Closes when all is sent (W3C WebRTC 6.2, closing procedure).
    Closing,
    /// The reset of the stream is on its way (RFC 8831 6.7).
    Resetting,
}

impl Channels {
    fn of_page(&mut self, handle: u16) -> Option<&mut Channel> {
        self.all.iter_mut().find(|c| c.handle == handle)
    }

    fn of_str0m(&mut self, id: ChannelId) -> Option<&mut Channel> {
        self.all.iter_mut().find(|c| c.id == id)
    }

    fn free_handle(&mut self) -> u16 {
        loop {
            let handle = FIRST_OF_ENGINE | self.next_handle;
            self.next_handle = (self.next_handle + 1) % FIRST_OF_ENGINE;
            // There are far fewer channels than handles.
            if !self.all.iter().any(|c| c.handle == handle) {
                return handle;
            }
        }
    }

    fn add(&mut self, handle: u16, id: ChannelId, negotiated: Option<u16>, state: State) {
        let queue = VecDeque::new();
        let channel =
            Channel { handle, id, negotiated, state, queue, queued: 0, told: 0, sent: false };
        self.all.push(channel);
    }
}

impl Connection {
    pub(super) fn open_channel(&mut self, open: OpenChannel) -> Result<(), Failure> {
        let handle = open.channel;
        if handle == 0 || handle >= FIRST_OF_ENGINE {
            return Err(Failure::wrong("the channel's handle is not in 1..=32767"));
        }
        let reliability = match (open.max_retransmits, open.max_packet_life_time) {
            (None, None) => Reliability::Reliable,
            (Some(retransmits), None) => Reliability::MaxRetransmits { retransmits },
            (None, Some(lifetime)) => Reliability::MaxPacketLifetime { lifetime },
            (Some(_), Some(_)) => return Err(Failure::wrong("a channel has one limit, not two")),
        };
        let negotiated = match (open.negotiated, open.stream_id) {
            (false, _) => None,
            (true, Some(id)) if id < u16::MAX => Some(id),
            (true, _) => return Err(Failure::wrong("a negotiated channel needs a stream id")),
        };
        if self.channels.all.len() >= MOST {
            return Err(Failure::operation("too many channels"));
        }
        if self.channels.of_page(handle).is_some() {
            return Err(Failure::invalid_state("the channel's handle is in use"));
        }
        // str0m panics at a stream id that it has.
        if let Some(id) = negotiated
            && (self.rtc.direct_api().channel_id_by_sctp_stream_id(id).is_some()
                || self.channels.all.iter().any(|c| c.negotiated == Some(id)))
        {
            return Err(Failure::operation("the stream id is in use"));
        }
        let OpenChannel { label, protocol, ordered, .. } = open;
        let config = ChannelConfig { label, ordered, reliability, negotiated, protocol };
        let id = self.rtc.direct_api().create_data_channel(config);
        self.channels.add(handle, id, negotiated, State::Connecting);
        Ok(())
    }

    pub(super) fn close_channel(&mut self, handle: u16) -> Result<(), Failure> {
        let channel = self
            .channels
            .of_page(handle)
            .ok_or_else(|| Failure::invalid_state("no such channel"))?;
        if matches!(channel.state, State::Connecting | State::Open) {
            channel.state = State::Closing;
        }
        Ok(())
    }

    pub(super) fn send_data(&mut self, handle: u16, text: bool, payload: Vec<u8>) {
        let Some(channel) = self.channels.of_page(handle) else { return };
        if channel.state != State::Open {
            return;
        }
        channel.queued += payload.len();
        channel.sent = true;
        channel.queue.push_back((text, payload));
        if channel.queued > MOST_QUEUED {
            self.end_channel(handle);
        }
    }

    /// Ends a channel that lost a message.
    pub(super) fn end_channel(&mut self, handle: u16) {
        if let Some(channel) = self.channels.of_page(handle) {
            channel.queue.clear();
            channel.queued = 0;
            channel.state = State::Closing;
        }
    }

    /// Gives SCTP what it takes, tells what is left, and closes what has nothing left. True if str0m
    /// has something to do from it.
    pub(super) fn flush_channels(&mut self) -> bool {
        let mut progress = false;
        for channel in &mut self.channels.all {
            if channel.state == State::Resetting || (channel.told == 0 && channel.is_quiet()) {
                continue;
            }
            let mut buffered = 0;
            let mut lost = false;
            if let Some(mut stream) = self.rtc.channel(channel.id) {
                while let Some((text, payload)) = channel.queue.front() {
                    match stream.write(!text, payload) {
                        Ok(true) => {
                            channel.queued -= payload.len();
                            channel.queue.pop_front();
                            progress = true;
                        }
                        Ok(false) => break,
                        Err(error) => {
                            tracing::warn!(pc = self.pc, %error, "a message was not sent");
                            lost = true;
                            break;
                        }
                    }
                }
                buffered = stream.buffered_amount();
            }
            if lost {
                channel.queue.clear();
                channel.queued = 0;
                channel.state = State::Closing;
            }
            let amount = channel.queued + buffered;
            let fell = amount < channel.told && (amount == 0 || channel.told - amount >= STEP);
            if channel.sent || fell {
                channel.sent = false;
                channel.told = amount;
                let event = Event::ChannelBuffered { channel: channel.handle, amount };
                self.outbox.event(self.pc, event);
            }
            if channel.state == State::Closing && (amount == 0 || lost) {
                channel.state = State::Resetting;
                self.rtc.direct_api().close_data_channel(channel.id);
                progress = true;
            }
        }
        progress
    }

    pub(super) fn channel_opened(&mut self, id: ChannelId, label: &str) {
        let stream_id = self.rtc.direct_api().sctp_stream_id_by_channel_id(id).unwrap_or_default();
        if let Some(channel) = self.channels.of_str0m(id) {
            if channel.state == State::Connecting {
                channel.state = State::Open;
                let channel = channel.handle;
                self.outbox.event(self.pc, Event::ChannelOpen { channel, stream_id });
            }
            return;
        }
        if self.channels.all.len() >= MOST {
            self.rtc.direct_api().close_data_channel(id);
            return;
        }
        let handle = self.channels.free_handle();
        self.channels.add(handle, id, None, State::Open);
        let config = self.rtc.channel(id).and_then(|channel| channel.config().cloned());
        let config = config.unwrap_or_default();
        let (max_retransmits, max_packet_life_time) = match config.reliability {
            Reliability::Reliable => (None, None),
            Reliability::MaxRetransmits { retransmits } => (Some(retransmits), None),
            Reliability::MaxPacketLifetime { lifetime } => (None, Some(lifetime)),
        };
        let event = Event::ChannelOffered {
            channel: handle,
            stream_id,
            label,
            protocol: &config.protocol,
            ordered: config.ordered,
            max_retransmits,
            max_packet_life_time,
        };
        self.outbox.event(self.pc, event);
    }

    pub(super) fn channel_data(&mut self, data: &ChannelData) {
        let Some(channel) = self.channels.of_str0m(data.id) else { return };
        let line = channel.handle;
        let flags = if data.binary { 0 } else { FLAG_TEXT };
        let time = self.micros(std::time::Instant::now());
        let header = Header { kind: KIND_DATA, flags, line, pc: self.pc, time };
        if !self.outbox.data(header, &data.data) {
            tracing::warn!(pc = self.pc, "the page does not read its channels");
            self.end_channel(line);
        }
    }

    pub(super) fn channel_closed(&mut self, id: ChannelId) {
        if let Some(at) = self.channels.all.iter().position(|c| c.id == id) {
            let channel = self.channels.all.swap_remove(at).handle;
            self.outbox.event(self.pc, Event::ChannelClosed { channel });
        }
    }

    /// SCTP is gone, and every channel with it.
    pub(super) fn end_all_channels(&mut self) {
        for channel in self.channels.all.drain(..) {
            self.outbox.event(self.pc, Event::ChannelClosed { channel: channel.handle });
        }
    }
}

impl Channel {
    fn is_quiet(&self) -> bool {
        self.queue.is_empty() && !self.sent && self.state != State::Closing
    }
}
