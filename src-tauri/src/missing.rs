//! What calls need of the system, what of it is not installed, and what to do about that.
//!
//! On Linux the webview takes capture, playing and codecs from GStreamer's plugins, which are
//! packages of their own. The plugins are looked for as files: the webview knows of codecs only, and
//! to try more there can end its process.

use std::path::PathBuf;

use serde::Serialize;

use crate::distribution::Distribution;

/// What does not work in calls, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MissingMedia {
    lost: Vec<Lost>,
    packages: Vec<String>,
    /// Installs the packages, where this is known.
    command: Option<String>,
}

/// What a call has to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Lost {
    /// Nothing is heard, in neither direction.
    Sound,
    /// Nothing is seen, in neither direction.
    Picture,
    /// The own picture is not seen; the other end's is.
    Camera,
}

/// A package of plugins, by the name of its upstream part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Package {
    Base,
    Good,
}

/// Needed for any media, which else fails or ends the webview's process; of each line one will do.
const BASE: &[&[&str]] = &[
    &["app"],
    &["audioconvert"],
    &["audioresample"],
    &["playback"],
    &["typefindfunctions"],
    &["videoconvertscale", "videoconvert"],
];
/// Needed for any media as well, a silent picture too, but from the package "good".
const OUTPUT: &[&[&str]] = &[&["autodetect"]];
const SOUND: &[&[&str]] = &[&["pulseaudio", "pipewire", "alsa"]];
const PICTURE: &[&[&str]] = &[&["vpx"]];
const CAMERA: &[&[&str]] = &[&["video4linux2", "pipewire", "libcamera"]];
/// Comes with GStreamer itself: where this is not found, the plugins are somewhere else.
const CORE: &str = "coreelements";

impl MissingMedia {
    /// Looks at this system; `None` where all is there, where nothing can be said, and where the
    /// webview brings along all that it needs.
    pub(crate) fn find() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let folders = plugin_folders();
        let has = |plugin: &str| {
            let file = format!("libgst{plugin}.so");
            folders.iter().any(|folder| folder.join(&file).exists())
        };
        let missing = Self::among(has, Distribution::of_this_system())?;
        tracing::warn!(?missing, "calls lack a part of GStreamer");
        Some(missing)
    }

    fn among(has: impl Fn(&str) -> bool, distribution: Distribution) -> Option<Self> {
        if !has(CORE) {
            return None;
        }
        let all = |needs: &[&[&str]]| needs.iter().all(|any| any.iter().any(|one| has(one)));
        let [base, output, sound, picture, camera] =
            [BASE, OUTPUT, SOUND, PICTURE, CAMERA].map(all);
        let any = base && output;
        let mut lost = Vec::new();
        if !any || !sound {
            lost.push(Lost::Sound);
        }
        if !any || !picture {
            lost.push(Lost::Picture);
        } else if !camera {
            lost.push(Lost::Camera);
        }
        if lost.is_empty() {
            return None;
        }
        let mut packages = Vec::new();
        if !base {
            packages.push(Package::Base);
        }
        if !(output && sound && picture && camera) {
            packages.push(Package::Good);
        }
        let packages: Vec<_> =
            packages.into_iter().map(|it| distribution.name(it.part())).collect();
        Some(Self { lost, command: distribution.install(&packages), packages })
    }
}

impl Package {
    fn part(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Good => "good",
        }
    }
}

/// Where GStreamer looks, as its manual says under "Running GStreamer Applications".
fn plugin_folders() -> Vec<PathBuf> {
    let of = |name: &str| {
        let value = std::env::var_os(format!("{name}_1_0")).or_else(|| std::env::var_os(name))?;
        Some(std::env::split_paths(&value).collect::<Vec<_>>())
    };
    let mut folders = of("GST_PLUGIN_PATH").unwrap_or_default();
    match of("GST_PLUGIN_SYSTEM_PATH") {
        Some(system) => folders.extend(system),
        None => folders.extend(beside_library()),
    }
    folders
}

/// The folder that GStreamer was built to look into: beside the library, which the webview has
/// loaded into this process.
fn beside_library() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let library = maps.lines().find_map(|line| {
        let path = &line[line.find('/')?..];
        path.contains("/libgstreamer-1.0.so").then(|| PathBuf::from(path))
    })?;
    Some(library.with_file_name("gstreamer-1.0"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // Fixed texts.

    use super::*;

    const ALL_BASE: &[&str] = &[
        CORE,
        "app",
        "audioconvert",
        "audioresample",
        "playback",
        "typefindfunctions",
        "videoconvertscale",
    ];
    const ALL_GOOD: &[&str] = &["autodetect", "pulseaudio", "vpx", "video4linux2"];

    /// What is missing on a Debian that has the plugins of `packages`, but for `without`.
    fn missing(packages: &[&[&str]], without: &[&str]) -> Option<MissingMedia> {
        let has = |plugin: &str| {
            packages.iter().any(|package| package.contains(&plugin)) && !without.contains(&plugin)
        };
        MissingMedia::among(has, Distribution::Debian)
    }

    #[test]
    fn nothing_is_missing_where_all_is_there() {
        assert_eq!(missing(&[ALL_BASE, ALL_GOOD], &[]), None);
    }

    #[test]
    fn nothing_is_said_where_the_plugins_are_not_found_at_all() {
        assert_eq!(missing(&[], &[]), None);
    }

    #[test]
    fn without_the_codec_there_is_sound_and_no_picture() {
        let missing = missing(&[ALL_BASE, ALL_GOOD], &["vpx", "video4linux2"]).unwrap();
        assert_eq!(missing.lost, [Lost::Picture]);
        assert_eq!(missing.packages, ["gstreamer1.0-plugins-good"]);
        assert_eq!(missing.command.unwrap(), "sudo apt install gstreamer1.0-plugins-good");
    }

    #[test]
    fn without_video4linux_only_the_own_picture_is_lost() {
        assert_eq!(missing(&[ALL_BASE, ALL_GOOD], &["video4linux2"]).unwrap().lost, [Lost::Camera]);
    }

    #[test]
    fn any_of_the_sound_systems_will_do() {
        assert_eq!(missing(&[ALL_BASE, ALL_GOOD, &["pipewire"]], &["pulseaudio"]), None);
        assert_eq!(missing(&[ALL_BASE, ALL_GOOD], &["pulseaudio"]).unwrap().lost, [Lost::Sound]);
    }

    #[test]
    fn without_an_output_nothing_works_though_it_comes_with_the_good_plugins() {
        let missing = missing(&[ALL_BASE, ALL_GOOD], &["autodetect"]).unwrap();
        assert_eq!(missing.lost, [Lost::Sound, Lost::Picture]);
        assert_eq!(missing.packages, ["gstreamer1.0-plugins-good"]);
    }

    #[test]
    fn without_the_base_plugins_nothing_works() {
        let base = missing(&[&[CORE], ALL_GOOD], &[]).unwrap();
        assert_eq!(base.lost, [Lost::Sound, Lost::Picture]);
        assert_eq!(base.packages, ["gstreamer1.0-plugins-base"]);
        let both = missing(&[&[CORE]], &[]).unwrap();
        assert_eq!(both.packages, ["gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good"]);
    }
}
