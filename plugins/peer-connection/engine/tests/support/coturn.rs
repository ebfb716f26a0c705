//! A TURN server for tests: Debian's coturn on free ports of the loopback interface.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

pub const USER: &str = "ringdove";
pub const PASSWORD: &str = "feather";

/// A running server; ended when dropped.
pub struct Coturn {
    /// For UDP and TCP.
    pub port: u16,
    pub tls_port: u16,
    /// The certificate, as DER.
    pub root: Vec<u8>,
    child: Child,
    folder: TempDir,
}

impl Coturn {
    pub fn start() -> Self {
        // Somebody else may have taken a port before the server did.
        let mut servers = (0..3).filter_map(|_| Self::try_start());
        servers.next().expect("a turnserver that listens")
    }

    fn try_start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let named = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("cert.pem"), pem("CERTIFICATE", named.cert.der())).unwrap();
        std::fs::write(file("key.pem"), pem("PRIVATE KEY", &named.signing_key.serialize_der()))
            .unwrap();
        let (port, tls_port) = (free_port(), free_port());
        let log = std::fs::File::create(file("log")).unwrap();
        let option = |name: &str, value: PathBuf| format!("--{name}={}", value.display());
        let child = Command::new("turnserver")
            .args([
                "-n",
                "--no-cli",
                "--no-dtls",
                "--no-rfc5780",
                "--verbose",
                "--allow-loopback-peers",
            ])
            .args(["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--log-file=stdout"])
            .args(["--lt-cred-mech", "--realm=test", &format!("--user={USER}:{PASSWORD}")])
            .args([format!("--listening-port={port}"), format!("--tls-listening-port={tls_port}")])
            .args([option("cert", file("cert.pem")), option("pkey", file("key.pem"))])
            .args([option("userdb", file("db")), option("pidfile", file("pid"))])
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn()
            .expect("turnserver of the Debian package coturn; `cargo xtask setup` installs it");
        let root = named.cert.der().to_vec();
        let server = Self { port, tls_port, root, child, folder };
        let patience = Instant::now() + Duration::from_secs(15);
        let is_open = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).is_ok();
        while ![port, tls_port].iter().all(is_open) {
            if Instant::now() > patience {
                eprintln!("turnserver does not listen:\n{}", server.log());
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    /// Its URL; `localhost` is the name in its certificate.
    pub fn url(&self, transport: &str) -> String {
        match transport {
            "tls" => format!("turns:localhost:{}?transport=tcp", self.tls_port),
            other => format!("turn:127.0.0.1:{}?transport={other}", self.port),
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Ends the server as a crash does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Coturn {
    fn drop(&mut self) {
        self.kill();
    }
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|l| str::from_utf8(l).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// One that is free for UDP and TCP.
fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
