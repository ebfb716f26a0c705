//! Frames of audio as they cross the bridge.

use std::time::Duration;

use crate::wire::SAMPLES;

/// The length of one frame.
pub(crate) const FRAME: Duration = Duration::from_millis(10);

pub(crate) type Frame = [i16; SAMPLES];

/// What the microphone gave and the loudspeaker got in the same 10 ms. They come together, so that
/// the delay from one to the other stays what the devices and the room make it, however late the
/// page hands both over.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) captured: Frame,
    pub(crate) played: Frame,
}
