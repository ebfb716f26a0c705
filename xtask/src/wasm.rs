//! Compiling the client core (`crates/web`) to WebAssembly, with whichever toolchain can.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{cargo, on_path, output, program, root, run, target};

const TARGET: &str = "wasm32-unknown-unknown";

/// What compiles to WebAssembly on this machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// Debian's compiler with the sources of the standard library, which cargo compiles along.
    Debian { rustc: PathBuf, linker: PathBuf },
    /// The compiler in use has the target (`rustup target add wasm32-unknown-unknown`).
    Own,
}

impl Toolchain {
    fn find() -> Option<Self> {
        if has_own_target() {
            return Some(Self::Own);
        }
        let files = output(program("dpkg").args(["--listfiles", "rustc-web"]))?;
        let rustc = files.lines().find(|file| file.ends_with("/bin/rustc"))?;
        Some(Self::Debian { rustc: rustc.into(), linker: linker()? })
    }

    /// Whether the part of the toolchain that a Debian package would bring is there without it.
    pub(crate) fn is_complete(package: &str) -> bool {
        has_own_target() || (package == "lld" && linker().is_some())
    }
}

fn has_own_target() -> bool {
    output(program("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .and_then(|folder| fs::read_dir(folder.trim()).ok())
        .is_some_and(|files| {
            files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
        })
}

/// The linker that comes with most toolchains of rustup, else Debian's (package `lld`).
fn linker() -> Option<PathBuf> {
    let rustc = |flags: &[&str]| output(program("rustc").args(flags));
    let bundled =
        rustc(&["--print", "sysroot"]).zip(rustc(&["-vV"])).and_then(|(root, version)| {
            let host = version.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned();
            Some(PathBuf::from(root.trim()).join("lib/rustlib").join(host).join("bin/rust-lld"))
        });
    bundled.filter(|file| file.is_file()).or_else(|| on_path("wasm-ld").then(|| "wasm-ld".into()))
}

/// Builds `ui/wasm/ringdove.wasm`; cargo decides whether there is anything to do.
pub(crate) fn build() -> Result<()> {
    let Some(toolchain) = Toolchain::find() else {
        bail!(
            "nothing here compiles to WebAssembly: please run `cargo xtask setup` on Debian, or \
             `rustup target add {TARGET}` elsewhere"
        );
    };
    // A folder of its own: two compilers in one would rebuild each other's work.
    let folder = target().join("wasm");
    let mut cargo = cargo();
    cargo.args(["build", "--locked", "--lib", "--package", "ringdove-web", "--profile", "web"]);
    cargo.args(["--target", TARGET]).env("CARGO_TARGET_DIR", &folder);
    if let Toolchain::Debian { rustc, linker } = &toolchain {
        cargo.arg("-Zbuild-std=std,panic_abort");
        // Compiling the standard library is an unstable feature of cargo; this permits it.
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", rustc);
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    run(&mut cargo)?;
    copy_if_changed(
        folder.join(TARGET).join("web/ringdove_web.wasm"),
        root().join("ui/wasm/ringdove.wasm"),
    )
}

fn copy_if_changed(from: PathBuf, to: PathBuf) -> Result<()> {
    let built = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(&to).is_ok_and(|old| old == built) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&to, built).with_context(|| format!("cannot write {}", to.display()))
}
