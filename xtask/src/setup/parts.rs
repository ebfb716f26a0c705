//! The parts of a system that this project needs, and how to see whether they are there.

use super::Purpose;
use crate::{
    run::{on_path, output, program, succeeds},
    wasm::Toolchain,
};

/// Something that a package of Debian brings.
pub(super) struct Part {
    pub(super) package: &'static str,
    pub(super) purpose: Purpose,
    sign: Sign,
}

/// By what one sees that a part is there.
enum Sign {
    /// A program is on the path.
    Command(&'static str),
    /// Only Debian's package database tells; elsewhere it is taken to be there.
    Installed,
    /// A library can be compiled against.
    Library(&'static str),
}

const fn part(purpose: Purpose, package: &'static str, sign: Sign) -> Part {
    Part { package, purpose, sign }
}

use Purpose::{App, AppTests, AppWindows, Browser, BrowserTests, Compiler, Relay, Wasm};
use Sign::{Command, Installed, Library};

// `pkg-config` stands before the libraries, since their signs need it.
const PARTS: &[Part] = &[
    part(Compiler, "build-essential", Command("cc")),
    part(Compiler, "pkg-config", Command("pkg-config")),
    part(App, "cmake", Command("cmake")),
    part(App, "libwebkit2gtk-4.1-dev", Library("webkit2gtk-4.1")),
    part(App, "libgtk-3-dev", Library("gtk+-3.0")),
    part(AppWindows, "gstreamer1.0-plugins-base", Installed),
    part(AppWindows, "gstreamer1.0-plugins-good", Installed),
    part(AppWindows, "fonts-dejavu-core", Installed),
    part(AppTests, "webkit2gtk-driver", Command("WebKitWebDriver")),
    part(AppTests, "xvfb", Command("Xvfb")),
    part(AppTests, "dbus", Command("dbus-daemon")),
    part(AppTests, "dbus-x11", Command("dbus-launch")),
    part(AppTests, "dunst", Command("dunst")),
    part(AppTests, "libfaketime", Installed),
    part(AppTests, "openbox", Command("openbox")),
    part(AppTests, "xdotool", Command("xdotool")),
    part(AppTests, "imagemagick", Command("import")),
    part(AppTests, "x11-utils", Command("xwininfo")),
    part(AppTests, "libnotify-bin", Command("notify-send")),
    part(AppTests, "pulseaudio", Command("pulseaudio")),
    part(AppTests, "pulseaudio-utils", Command("parec")),
    part(AppTests, "espeak-ng", Command("espeak-ng")),
    part(AppTests, "iproute2", Command("ip")),
    part(Browser, "chromium", Command("chromium")),
    part(Browser, "fonts-dejavu-core", Installed),
    part(BrowserTests, "firefox-esr", Command("firefox-esr")),
    part(Relay, "coturn", Command("turnserver")),
    part(Wasm, "rustc-web", Installed),
    part(Wasm, "rust-web-src", Installed),
    part(Wasm, "lld", Command("wasm-ld")),
];

/// The parts that the purposes need and this machine lacks.
pub(super) fn missing(purposes: &[Purpose]) -> Vec<&'static Part> {
    let on_linux = cfg!(target_os = "linux");
    PARTS
        .iter()
        .filter(|part| purposes.contains(&part.purpose))
        // Other systems bring their own webview and desktop.
        .filter(|part| on_linux || matches!(part.purpose, Browser | BrowserTests | Compiler | Wasm))
        .filter(|part| part.purpose != Wasm || !Toolchain::is_complete(part.package))
        .filter(|part| !part.is_there())
        .collect()
}

impl Part {
    fn is_there(&self) -> bool {
        match self.sign {
            // Windows compiles with another toolchain, which rustup asks for itself.
            Command("cc" | "pkg-config") if cfg!(windows) => true,
            Command("pkg-config") if cfg!(target_os = "macos") => true,
            Command("chromium" | "firefox-esr") if !cfg!(target_os = "linux") => true,
            Command(name) => on_path(name),
            Installed => !on_path("dpkg-query") || is_installed(self.package),
            Library(name) => succeeds(program("pkg-config").args(["--exists", name])),
        }
    }
}

fn is_installed(package: &str) -> bool {
    output(program("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]))
        .is_some_and(|status| status == "installed")
}
