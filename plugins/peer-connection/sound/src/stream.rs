//! Streams to and from the server, which outlive it: one that stands still is opened anew.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, PlaybackStreamParams, Prop, Props, RecordStreamParams, SampleFormat, SampleSpec,
};
use pulseaudio::{AsPlaybackSource, Client};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::server::{answer, client};
use crate::{SAMPLE_RATE, SoundError};

/// 10 ms of 16 bits.
const FRAME_BYTES: u32 = SAMPLE_RATE / 100 * 2;
/// What waits to be played at the server.
const PLAYBACK_BYTES: u32 = 3 * FRAME_BYTES;
/// A stream without a sample for this long has lost its server.
const STALL: Duration = Duration::from_secs(2);

/// Sound that flows while this is kept. Where the server goes away, it flows again once the server
/// is back.
#[derive(Debug)]
pub struct Stream {
    keeper: AbortHandle,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Opens the microphone of that description (what WebKitGTK calls its label) and gives `take` its
/// samples, about 10 ms at a time, on a thread of the server's connection: it must not wait.
///
/// Must be called within a tokio runtime with time enabled. Fails where there is no such microphone
/// or no server.
pub async fn microphone(
    description: &str,
    take: impl FnMut(&[i16]) + Send + 'static,
) -> Result<Stream, SoundError> {
    let description: Arc<str> = description.into();
    let take = Arc::new(Mutex::new(take));
    keep(move |flows| {
        let (description, take) = (Arc::clone(&description), Arc::clone(&take));
        let mut samples = Vec::new();
        let sink = move |bytes: &[u8]| {
            flows.store(true, Ordering::Relaxed);
            samples.clear();
            samples
                .extend(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
            take.lock().unwrap_or_else(PoisonError::into_inner)(&samples);
        };
        Box::pin(answer(async move {
            let client = client().await?;
            let params = RecordStreamParams {
                sample_spec: spec(),
                channel_map: ChannelMap::mono(),
                source_index: Some(source(&client, &description).await?),
                buffer_attr: BufferAttr { fragment_size: FRAME_BYTES, ..BufferAttr::default() },
                flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
                props: props(),
                ..RecordStreamParams::default()
            };
            Ok(Box::new(client.create_record_stream(params, sink).await?) as Open)
        }))
    })
    .await
}

/// Opens the loudspeaker that the user chose for the system and asks `give` for samples, about
/// 10 ms at a time, on a thread of the server's connection: it must not wait.
///
/// Must be called within a tokio runtime with time enabled. Fails where there is no server.
pub async fn loudspeaker(
    give: impl FnMut(&mut [i16]) + Send + 'static,
) -> Result<Stream, SoundError> {
    let give = Arc::new(Mutex::new(give));
    keep(move |flows| {
        let give = Arc::clone(&give);
        let mut samples = Vec::new();
        let source = move |bytes: &mut [u8]| {
            flows.store(true, Ordering::Relaxed);
            samples.resize(bytes.len() / 2, 0);
            give.lock().unwrap_or_else(PoisonError::into_inner)(&mut samples);
            for (pair, sample) in bytes.chunks_exact_mut(2).zip(&samples) {
                pair.copy_from_slice(&sample.to_le_bytes());
            }
            samples.len() * 2
        };
        Box::pin(answer(async move {
            let client = client().await?;
            let params = PlaybackStreamParams {
                sample_spec: spec(),
                channel_map: ChannelMap::mono(),
                buffer_attr: BufferAttr {
                    target_length: PLAYBACK_BYTES,
                    minimum_request_length: FRAME_BYTES,
                    pre_buffering: FRAME_BYTES,
                    ..BufferAttr::default()
                },
                flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
                props: props(),
                ..PlaybackStreamParams::default()
            };
            let source = source.as_playback_source();
            Ok(Box::new(client.create_playback_stream(params, source).await?) as Open)
        }))
    })
    .await
}

/// An open stream of the server; it closes when dropped.
type Open = Box<dyn Send>;

type Opening = Pin<Box<dyn Future<Output = Result<Open, SoundError>> + Send>>;

/// Opens a stream, and again whenever nothing flows through it any more.
async fn keep(
    open: impl Fn(Arc<AtomicBool>) -> Opening + Send + 'static,
) -> Result<Stream, SoundError> {
    let flows = Arc::new(AtomicBool::new(true));
    let mut opened = Some(open(Arc::clone(&flows)).await?);
    let keeper = tokio::spawn(async move {
        loop {
            sleep(STALL).await;
            if opened.is_some() && flows.swap(false, Ordering::Relaxed) {
                continue;
            }
            opened = None;
            match open(Arc::clone(&flows)).await {
                Ok(again) => opened = Some(again),
                Err(error) => tracing::debug!(%error, "sound"),
            }
        }
    });
    Ok(Stream { keeper: keeper.abort_handle() })
}

/// The number of the source with that description.
async fn source(client: &Client, description: &str) -> Result<u32, SoundError> {
    let sources = client.list_sources().await?;
    let described = |known: &Option<std::ffi::CString>| {
        known.as_ref().is_some_and(|known| known.as_bytes() == description.as_bytes())
    };
    let found = sources.iter().find(|source| described(&source.description));
    found.map(|source| source.index).ok_or(SoundError::NoMicrophone)
}

fn spec() -> SampleSpec {
    SampleSpec { format: SampleFormat::S16Le, channels: 1, sample_rate: SAMPLE_RATE }
}

/// By the role, systems lower other sound during a call.
fn props() -> Props {
    let mut props = Props::new();
    props.set(Prop::MediaRole, c"phone");
    props
}
