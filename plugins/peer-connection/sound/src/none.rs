//! Where no sound server is spoken to.

use crate::SoundError;

/// Sound that flows while this is kept.
#[derive(Debug)]
pub struct Stream(());

/// Opens no microphone.
pub async fn microphone(
    _description: &str,
    _take: impl FnMut(&[i16]) + Send + 'static,
) -> Result<Stream, SoundError> {
    Err(SoundError::NoMicrophone)
}

/// Opens no loudspeaker.
pub async fn loudspeaker(
    _give: impl FnMut(&mut [i16]) + Send + 'static,
) -> Result<Stream, SoundError> {
    Err(SoundError::NoServer("none on this system".into()))
}
