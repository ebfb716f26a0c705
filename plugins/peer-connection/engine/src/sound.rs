//! The sound card of a page: what all its connections play is mixed, and what a microphone hears
//! comes with what was played meanwhile.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use peer_connection_audio::Receiver;
use peer_connection_sound::{SoundError, Stream, loudspeaker, microphone};

use crate::audio::{Frame, Heard};
use crate::outbox::Outbox;
use crate::pairing::Pairing;
use crate::wire::{Header, KIND_AUDIO, SAMPLES};

/// A change of volume takes 10 ms, so that it does not click.
const RAMP: f32 = 1.0 / SAMPLES as f32;

/// A line of a connection.
pub(crate) type Key = (u32, u16);

pub(crate) struct SoundCard {
    /// Whether the page may have microphones opened.
    pub(crate) microphones: bool,
    mixer: Arc<Mutex<Mixer>>,
    loudspeaker: tokio::sync::Mutex<Weak<Stream>>,
}

impl SoundCard {
    pub(crate) fn new(microphones: bool) -> Self {
        Self { microphones, mixer: Arc::default(), loudspeaker: tokio::sync::Mutex::default() }
    }

    /// The loudspeaker, which plays while somebody keeps it.
    pub(crate) async fn loudspeaker(&self) -> Result<Arc<Stream>, SoundError> {
        let mut open = self.loudspeaker.lock().await;
        if let Some(stream) = open.upgrade() {
            return Ok(stream);
        }
        let mixer = Arc::clone(&self.mixer);
        let stream = Arc::new(loudspeaker(move |samples| lock(&mixer).fill(samples)).await?);
        *open = Arc::downgrade(&stream);
        Ok(stream)
    }

    /// Opens the microphone of that label; `hear` gets each 10 ms, and must not wait.
    pub(crate) async fn microphone(
        &self,
        label: &str,
        mut hear: impl FnMut(Heard) + Send + 'static,
    ) -> Result<Stream, SoundError> {
        let pairing = Arc::new(Mutex::new(Pairing::default()));
        lock(&self.mixer).listen(&pairing);
        microphone(label, move |samples| {
            let mut pairing = lock(&pairing);
            pairing.capture(samples);
            while let Some(heard) = pairing.next() {
                hear(heard);
            }
        })
        .await
    }

    /// Plays the line from now on, as loud as `volume` says; the page gets it too where `to_page`
    /// is something.
    pub(crate) fn play(&self, key: Key, volume: f32, to_page: Option<Outbox>) {
        let mut mixer = lock(&self.mixer);
        let voice = mixer.voices.entry(key).or_default();
        voice.volume = volume;
        voice.to_page = to_page;
    }

    /// Tells what a line that is played plays.
    pub(crate) fn connect(&self, key: Key, receiver: &Arc<Mutex<Receiver>>) {
        if let Some(voice) = lock(&self.mixer).voices.get_mut(&key) {
            voice.receiver = Some(Arc::clone(receiver));
        }
    }

    pub(crate) fn stop(&self, key: Key) {
        lock(&self.mixer).voices.remove(&key);
    }
}

#[derive(Default)]
struct Mixer {
    voices: HashMap<Key, Voice>,
    microphones: Vec<Weak<Mutex<Pairing>>>,
    sum: Vec<f32>,
}

impl Mixer {
    /// Tells a microphone what is played, until it is gone.
    fn listen(&mut self, pairing: &Arc<Mutex<Pairing>>) {
        // Where nothing is played, nobody else sorts out those that are gone.
        self.microphones.retain(|known| known.strong_count() > 0);
        self.microphones.push(Arc::downgrade(pairing));
    }

    fn fill(&mut self, samples: &mut [i16]) {
        self.sum.clear();
        self.sum.resize(samples.len(), 0.0);
        let sum = &mut self.sum;
        self.voices.retain(|key, voice| voice.add(*key, sum));
        for (sample, sum) in samples.iter_mut().zip(sum) {
            // `as` saturates: too loud is clipped.
            *sample = *sum as i16;
        }
        self.microphones.retain(|pairing| {
            let pairing = pairing.upgrade();
            if let Some(pairing) = &pairing {
                lock(pairing).play(samples);
            }
            pairing.is_some()
        });
    }
}

struct Voice {
    receiver: Option<Arc<Mutex<Receiver>>>,
    frame: Frame,
    at: usize,
    gain: f32,
    volume: f32,
    to_page: Option<Outbox>,
}

impl Default for Voice {
    fn default() -> Self {
        let frame = [0; SAMPLES];
        Self { receiver: None, frame, at: SAMPLES, gain: 0.0, volume: 0.0, to_page: None }
    }
}

impl Voice {
    /// False once its decoder has panicked: the others play on.
    fn add(&mut self, key: Key, sum: &mut [f32]) -> bool {
        for sum in sum {
            if self.at == SAMPLES {
                let Some(receiver) = &self.receiver else { return true };
                let pulled = std::panic::catch_unwind(AssertUnwindSafe(|| {
                    receiver.lock().map(|mut receiver| receiver.pull())
                }));
                let Ok(Ok(frame)) = pulled else { return false };
                self.frame = frame;
                self.at = 0;
                if let Some(page) = &self.to_page {
                    send(page, key, &frame);
                }
            }
            self.gain += (self.volume - self.gain).clamp(-RAMP, RAMP);
            *sum += f32::from(self.frame[self.at]) * self.gain;
            self.at += 1;
        }
        true
    }
}

/// Hands the page 10 ms of a line.
pub(crate) fn send(page: &Outbox, (pc, line): Key, frame: &Frame) {
    let mut payload = [0; SAMPLES * 2];
    for (bytes, sample) in payload.chunks_exact_mut(2).zip(frame) {
        bytes.copy_from_slice(&sample.to_le_bytes());
    }
    // They are played as they come.
    let header = Header { kind: KIND_AUDIO, flags: 0, line, pc, time: 0.0 };
    page.media(header, &payload);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_voice_without_sound_is_silent_and_stays() {
        let mut mixer = Mixer::default();
        mixer.voices.insert((1, 0), Voice { volume: 1.0, ..Voice::default() });
        let mut samples = [7; 100];
        mixer.fill(&mut samples);
        assert_eq!(samples, [0; 100]);
        let receiver = Arc::new(Mutex::new(Receiver::new().unwrap()));
        mixer.voices.get_mut(&(1, 0)).unwrap().receiver = Some(Arc::clone(&receiver));
        mixer.fill(&mut samples);
        assert_eq!(mixer.voices.len(), 1);
    }

    #[test]
    fn a_broken_voice_leaves_and_the_others_play() {
        let mut mixer = Mixer::default();
        let broken = Arc::new(Mutex::new(Receiver::new().unwrap()));
        let other = Arc::clone(&broken);
        let panicked = std::thread::spawn(move || {
            let _held = other.lock().unwrap();
            panic!("on purpose");
        });
        panicked.join().unwrap_err();
        let sound = Arc::new(Mutex::new(Receiver::new().unwrap()));
        for (line, receiver) in [(0, broken), (1, sound)] {
            let voice = Voice { receiver: Some(receiver), ..Voice::default() };
            mixer.voices.insert((1, line), voice);
        }
        mixer.fill(&mut [0; SAMPLES]);
        assert_eq!(mixer.voices.keys().collect::<Vec<_>>(), [&(1, 1)]);
    }
}
