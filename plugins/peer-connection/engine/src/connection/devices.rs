//! The microphones and the loudspeaker that the page leaves to the engine. They open beside the
//! loop, which hears of it as of everything else.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use peer_connection_audio::Receiver;
use peer_connection_sound::{SoundError, Stream};
use serde_json::json;
use tokio::sync::mpsc;

use super::{Command, Connection, Inbox};
use crate::audio::Heard;
use crate::queue::Class;
use crate::sound::SoundCard;
use crate::wire::{Failure, SAMPLES};

/// Devices of one connection that may be opening at once.
const OPENING: usize = 64;
const FRAME_MICROS: f64 = 10_000.0;
/// A pause of a microphone beyond this is one of the sound server, not of a busy machine.
const PAUSE_MICROS: f64 = 1e6;

pub(super) struct Devices {
    pc: u32,
    card: Arc<SoundCard>,
    loudspeaker: Option<Arc<Stream>>,
    /// What the page wants of the loudspeaker, by line.
    wanted: HashMap<u16, Playing>,
    /// The lines that the loudspeaker plays.
    playing: HashSet<u16>,
    microphones: HashMap<u16, Microphone>,
    to_loop: mpsc::Sender<Opened>,
}

/// How a line is played.
#[derive(Clone, Copy)]
pub(super) struct Playing {
    volume: f32,
    to_page: bool,
}

impl Playing {
    pub(super) fn new(volume: f32, to_page: bool) -> Self {
        Self { volume: volume.clamp(0.0, 1.0), to_page }
    }
}

struct Microphone {
    label: String,
    muted: Arc<AtomicBool>,
    /// `None` while it opens.
    stream: Option<Stream>,
}

/// What came of opening a device for a request.
pub(super) struct Opened {
    id: u64,
    line: u16,
    device: Device,
}

enum Device {
    Loudspeaker(Result<Arc<Stream>, SoundError>),
    Microphone { muted: Arc<AtomicBool>, stream: Result<Stream, SoundError> },
}

impl Devices {
    pub(super) fn new(pc: u32, card: Arc<SoundCard>) -> (Self, mpsc::Receiver<Opened>) {
        let (to_loop, opened) = mpsc::channel(OPENING);
        let devices = Self {
            pc,
            card,
            loudspeaker: None,
            wanted: HashMap::new(),
            playing: HashSet::new(),
            microphones: HashMap::new(),
            to_loop,
        };
        (devices, opened)
    }

    /// Whether the loudspeaker asks for the samples of the line.
    pub(super) fn plays(&self, line: u16) -> bool {
        self.playing.contains(&line)
    }

    /// A line has something to play.
    pub(super) fn connect(&self, line: u16, receiver: &Arc<Mutex<Receiver>>) {
        self.card.connect((self.pc, line), receiver);
    }

    fn silence(&mut self, line: u16) {
        self.wanted.remove(&line);
        if self.playing.remove(&line) {
            self.card.stop((self.pc, line));
        }
        if self.wanted.is_empty() {
            self.loudspeaker = None;
        }
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        for line in &self.playing {
            self.card.stop((self.pc, *line));
        }
    }
}

impl Connection {
    /// Sends what the microphone of that label hears, or no microphone any more.
    pub(super) fn microphone(&mut self, id: u64, line: u16, label: Option<String>, muted: bool) {
        let Some(label) = label else {
            self.devices.microphones.remove(&line);
            return self.outbox.reply(id, Ok(json!({})));
        };
        if !self.devices.card.microphones {
            let why = "the window lacks the permission allow-microphone";
            return self.outbox.reply(id, Err(Failure::not_allowed(why)));
        }
        if let Some(known) = self.devices.microphones.get(&line).filter(|m| m.label == label) {
            known.muted.store(muted, Ordering::Relaxed);
            return self.outbox.reply(id, Ok(json!({})));
        }
        let muted = Arc::new(AtomicBool::new(muted));
        let hear = sender(Arc::clone(&self.inbox), line, self.origin, Arc::clone(&muted));
        let (card, to_loop) = (Arc::clone(&self.devices.card), self.devices.to_loop.clone());
        let opening = Microphone { label: label.clone(), muted: Arc::clone(&muted), stream: None };
        self.devices.microphones.insert(line, opening);
        tokio::spawn(async move {
            let stream = card.microphone(&label, hear).await;
            let device = Device::Microphone { muted, stream };
            let _ = to_loop.send(Opened { id, line, device }).await;
        });
    }

    /// Plays the line, or does not any more.
    pub(super) fn loudspeaker(&mut self, id: u64, line: u16, playing: Option<Playing>) {
        let Some(playing) = playing else {
            self.devices.silence(line);
            return self.outbox.reply(id, Ok(json!({})));
        };
        self.devices.wanted.insert(line, playing);
        if self.devices.loudspeaker.is_some() {
            self.play_on_loudspeaker(line);
            return self.outbox.reply(id, Ok(json!({})));
        }
        let (card, to_loop) = (Arc::clone(&self.devices.card), self.devices.to_loop.clone());
        tokio::spawn(async move {
            let device = Device::Loudspeaker(card.loudspeaker().await);
            let _ = to_loop.send(Opened { id, line, device }).await;
        });
    }

    pub(super) fn opened(&mut self, Opened { id, line, device }: Opened) {
        let result = match device {
            Device::Loudspeaker(Ok(stream)) => {
                if self.devices.wanted.contains_key(&line) {
                    self.devices.loudspeaker = Some(stream);
                    self.play_on_loudspeaker(line);
                }
                Ok(json!({}))
            }
            Device::Loudspeaker(Err(error)) => {
                self.devices.silence(line);
                Err(Failure::operation(error.to_string()))
            }
            Device::Microphone { muted, stream } => {
                let microphones = &mut self.devices.microphones;
                // Not if the page has chosen another meanwhile.
                let opening = microphones.get_mut(&line).filter(|m| Arc::ptr_eq(&m.muted, &muted));
                match (opening, stream) {
                    (Some(opening), Ok(stream)) => {
                        opening.stream = Some(stream);
                        Ok(json!({}))
                    }
                    (None, Ok(_)) => Err(Failure::invalid_state("another one is wanted")),
                    (opening, Err(error)) => {
                        if opening.is_some() {
                            microphones.remove(&line);
                        }
                        Err(Failure::operation(error.to_string()))
                    }
                }
            }
        };
        self.outbox.reply(id, result);
    }

    fn play_on_loudspeaker(&mut self, line: u16) {
        let Some(playing) = self.devices.wanted.get(&line) else { return };
        let to_page = playing.to_page.then(|| self.outbox.clone());
        self.devices.card.play((self.pc, line), playing.volume, to_page);
        self.devices.playing.insert(line);
        if let Some(receiver) = self.voices.receiver(line) {
            self.devices.connect(line, receiver);
        }
    }
}

/// What hands the frames of a microphone to the connection.
fn sender(
    inbox: Arc<Inbox>,
    line: u16,
    origin: Instant,
    muted: Arc<AtomicBool>,
) -> impl FnMut(Heard) + Send + 'static {
    let mut next: Option<f64> = None;
    move |mut heard| {
        let now = origin.elapsed().as_secs_f64() * 1e6;
        // Counted in samples, since a busy machine hands them over unevenly.
        let time = next.filter(|next| now - next < PAUSE_MICROS).unwrap_or(now);
        next = Some(time + FRAME_MICROS);
        if muted.load(Ordering::Relaxed) {
            heard.captured = [0; SAMPLES];
        }
        let command = Command::Audio { line, time, heard: Box::new(heard) };
        // A full inbox has lost its oldest frame; a closed one has nobody to speak to.
        let _ = inbox.push(command, Class::Media, SAMPLES * 4);
    }
}
