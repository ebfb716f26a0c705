//! The server as a process of its own: it can be killed, and its memory is nobody else's.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use super::World;

/// A server, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    metrics: SocketAddr,
}

impl Process {
    /// Starts a server on this machine and waits until it listens.
    pub(crate) fn start(port: u16, database: &Path, options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringdove-server"))
            .args(["--metrics", "127.0.0.1:0", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("--database")
            .arg(database)
            .args(options)
            .env("RUST_LOG", "ringdove_server=info")
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut log = BufReader::new(child.stdout.take().expect("a log")).lines();
        let mut address = |words: &str| {
            let line = log.by_ref().map(Result::unwrap).find(|line| line.contains(words));
            let line = line.expect("the server starts");
            let (_, rest) = line.split_once(words).expect("contained");
            let end = rest.find('/').expect("a path");
            rest[..end].parse().expect("an address")
        };
        let (own, metrics) = (address("listening on http://"), address("metrics on http://"));
        // Nobody reads the log any more, and a full pipe would stop the server.
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address: own, metrics }
    }

    /// As by `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("ends");
        self.child.wait().expect("has ended");
    }

    /// One figure of `/proc/PID/status`, in bytes.
    pub(crate) fn memory(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(&format!("{field}:")));
        let kib = line.expect("is there").trim().trim_end_matches(" kB");
        1024 * kib.parse::<u64>().expect("a number")
    }

    /// One figure of the metrics.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let mut stream = TcpStream::connect(self.metrics).await.expect("connects");
        let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("is heard");
        let mut page = String::new();
        stream.read_to_string(&mut page).await.expect("answers");
        let line = page.lines().find_map(|line| line.strip_prefix(&format!("ringdove_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {page}")).parse().expect("a number")
    }

    /// Waits until a figure of the metrics has come so far.
    pub(crate) async fn until_metric(&self, name: &str, enough: u64, patience: Duration) {
        let began = Instant::now();
        loop {
            let value = self.metric(name).await;
            if value >= enough {
                return;
            }
            assert!(began.elapsed() < patience, "{name} is {value}, not {enough}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The way in for tiny clients.
    pub(crate) fn world(&self) -> World {
        World::elsewhere(self.address)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
