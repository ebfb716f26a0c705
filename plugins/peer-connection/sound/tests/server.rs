//! With a real PulseAudio: a loudspeaker whose monitor is the microphone.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use peer_connection_sound::{SAMPLE_RATE, SoundError, loudspeaker, microphone};

const DESCRIPTION: &str = "Ear";
/// For a server that starts, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Half of full scale.
const LOUD: i16 = 16_384;

/// The environment of a process is its only way to a server, and is not to be changed in a running
/// one: the tests below run in processes of their own.
fn run(test: &str, folder: &Path) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("PULSE_SERVER", format!("unix:{}", socket(folder)))
        .env("XDG_RUNTIME_DIR", folder)
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn sound_flows_also_after_the_server_came_back() {
    let folder = tempfile::tempdir().unwrap();
    run("flows", folder.path());
}

#[test]
fn without_a_server_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    run("fails", folder.path());
}

#[tokio::test]
#[ignore = "part of another test"]
async fn flows() {
    let folder = std::env::var("XDG_RUNTIME_DIR").unwrap();
    let server = Server::start(folder.as_ref());
    let mut at: u32 = 0;
    // A square wave of 500 Hz.
    let _loudspeaker = loudspeaker(move |samples| {
        for sample in samples {
            *sample = if (at / 48).is_multiple_of(2) { LOUD } else { -LOUD };
            at = at.wrapping_add(1);
        }
    })
    .await
    .unwrap();
    assert_eq!(microphone("Nobody", |_| ()).await.unwrap_err(), SoundError::NoMicrophone);
    let loud = Arc::new(AtomicU32::new(0));
    let heard = Arc::clone(&loud);
    let _microphone = microphone(DESCRIPTION, move |samples| {
        let loud = samples.iter().filter(|sample| sample.abs() > LOUD / 2).count();
        heard.fetch_add(loud as u32, Ordering::Relaxed);
    })
    .await
    .unwrap();
    a_second_of(&loud).await;
    drop(server);
    let _server = Server::start(folder.as_ref());
    a_second_of(&loud).await;
}

#[tokio::test]
#[ignore = "part of another test"]
async fn fails() {
    let played = loudspeaker(|_| ()).await.unwrap_err();
    let heard = microphone(DESCRIPTION, |_| ()).await.unwrap_err();
    for error in [played, heard] {
        assert!(matches!(error, SoundError::NoServer(_)), "{error}");
    }
}

async fn a_second_of(loud: &AtomicU32) {
    loud.store(0, Ordering::Relaxed);
    let begun = Instant::now();
    while loud.load(Ordering::Relaxed) < SAMPLE_RATE {
        assert!(begun.elapsed() < PATIENCE, "{} loud samples", loud.load(Ordering::Relaxed));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

struct Server(Child);

impl Server {
    fn start(folder: &Path) -> Self {
        let child = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"])
            .arg("-L")
            .arg(format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket(folder)))
            .args(["-L", "module-null-sink sink_name=mouth"])
            .arg("-L")
            .arg(format!(
                "module-remap-source source_name=ear master=mouth.monitor \
                 source_properties=device.description={DESCRIPTION}"
            ))
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while UnixStream::connect(socket(folder)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "no server");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn socket(folder: &Path) -> String {
    folder.join("native").to_string_lossy().into_owned()
}
