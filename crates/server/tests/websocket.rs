//! RFC 6455 at its edges, byte by byte over TCP: what the server answers, and with which code it
//! closes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use std::time::Duration;

use support::{PATIENCE, World};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const RSV2: u8 = 0x20;
const RSV3: u8 = 0x10;
const MASKED: u8 = 0x80;

/// Gets the error `login_required`, which shows that the message was read.
const MESSAGE: &[u8] = br#"{"type":"ping"}"#;

/// A masked frame, with the length in the shortest form (section 5.2).
fn frame(head: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
    let mut bytes = vec![head];
    match payload.len() {
        length @ 0..=125 => bytes.push(MASKED | length as u8),
        length @ 126..=0xFFFF => {
            bytes.push(MASKED | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(MASKED | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat())
}

/// What the server says.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Text(String),
    Pong(Vec<u8>),
    /// A closing frame with its code, or with none.
    Close(Option<u16>),
    /// The connection ended.
    End,
}

struct Raw(TcpStream);

impl Raw {
    /// After the handshake and `hello`.
    async fn connect(world: &World) -> Self {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Protocol: ringdove.v1\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, stream.read_u8()).await.expect("in time").unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 101"), "{head}");
        // Section 1.3 gives this very example.
        assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
        assert!(!head.contains("sec-websocket-extensions"), "none was agreed on");
        let mut raw = Self(stream);
        assert!(matches!(raw.next().await, Said::Text(text) if text.contains("hello")));
        raw
    }

    async fn send(&mut self, bytes: &[u8]) {
        // The server may have closed by now; what it said is still to be read.
        let _closed = self.0.write_all(bytes).await;
    }

    async fn next(&mut self) -> Said {
        loop {
            let read = timeout(PATIENCE, self.frame()).await.expect("in time");
            let Ok((head, payload)) = read else { return Said::End };
            assert_eq!(head & (RSV1 | RSV2 | RSV3), 0, "the server sets no reserved bit");
            match head & 0xF {
                TEXT => return Said::Text(String::from_utf8(payload).expect("UTF-8")),
                PONG => return Said::Pong(payload),
                PING => {}
                CLOSE => {
                    let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    return Said::Close(code);
                }
                other => panic!("opcode {other}"),
            }
        }
    }

    async fn frame(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let head = self.0.read_u8().await?;
        let length = match self.0.read_u8().await? {
            126 => usize::from(self.0.read_u16().await?),
            127 => usize::try_from(self.0.read_u64().await?).unwrap(),
            short => usize::from(short),
        };
        assert!(length < 1 << 20, "a server's frame is not masked (section 5.1)");
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await?;
        Ok((head, payload))
    }

    /// Shows that the connection lives and understands.
    async fn lives(&mut self) {
        self.send(&frame(FIN | TEXT, MESSAGE)).await;
        self.hears_an_error("login_required").await;
    }

    async fn hears_an_error(&mut self, code: &str) {
        match self.next().await {
            Said::Text(text) => assert!(text.contains(code), "{text}"),
            other => panic!("expected {code}, got {other:?}"),
        }
    }

    /// Shows that it is closed with this code, and ends.
    async fn is_closed(&mut self, code: u16, what: &str) {
        assert_eq!(self.next().await, Said::Close(Some(code)), "{what}");
        self.send(&close(code, b"")).await;
        assert_eq!(self.next().await, Said::End, "{what}");
    }
}

#[tokio::test]
async fn what_breaks_the_framing_closes_with_1002() {
    let world = World::start().await;
    let unmasked = [&[FIN | TEXT, MESSAGE.len() as u8], MESSAGE].concat();
    let long_ping = frame(FIN | PING, &[b'x'; 126]);
    let fragment = frame(TEXT, b"{");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a frame without a mask", unmasked),
        ("RSV1 without an extension", frame(FIN | RSV1 | TEXT, MESSAGE)),
        ("RSV2", frame(FIN | RSV2 | TEXT, MESSAGE)),
        ("RSV3 in a control frame", frame(FIN | RSV3 | PING, b"")),
        ("a reserved opcode for data", frame(FIN | 0x3, b"")),
        ("the last reserved opcode for data", frame(FIN | 0x7, b"")),
        ("a reserved opcode for control", frame(FIN | 0xB, b"")),
        ("the last opcode", frame(FIN | 0xF, b"")),
        ("a ping in fragments", frame(PING, b"")),
        ("a close in fragments", frame(CLOSE, &1000_u16.to_be_bytes())),
        ("a ping of 126 bytes", long_ping),
        ("a pong of 126 bytes", frame(FIN | PONG, &[b'x'; 126])),
        ("a close of 126 bytes", close(1000, &[b'x'; 124])),
        ("a continuation of nothing", frame(FIN | CONTINUATION, MESSAGE)),
        ("a text within a text", [fragment.clone(), frame(FIN | TEXT, MESSAGE)].concat()),
        ("a binary within a text", [fragment, frame(FIN | BINARY, b"")].concat()),
        ("a close with one byte", frame(FIN | CLOSE, &[3])),
    ];
    for (what, bytes) in cases {
        let mut raw = Raw::connect(&world).await;
        raw.send(&bytes).await;
        raw.is_closed(1002, what).await;
    }
}

#[tokio::test]
async fn close_codes_that_may_not_be_sent_are_answered_with_1002() {
    let world = World::start().await;
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        let mut raw = Raw::connect(&world).await;
        raw.send(&close(code, b"")).await;
        raw.is_closed(1002, &format!("code {code}")).await;
    }
}

#[tokio::test]
async fn close_codes_that_may_be_sent_are_echoed() {
    let world = World::start().await;
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        let mut raw = Raw::connect(&world).await;
        raw.send(&close(code, "Grüße".as_bytes())).await;
        assert_eq!(raw.next().await, Said::Close(Some(code)));
        assert_eq!(raw.next().await, Said::End);
    }
    let mut raw = Raw::connect(&world).await;
    raw.send(&frame(FIN | CLOSE, b"")).await;
    assert_eq!(raw.next().await, Said::Close(None));
    assert_eq!(raw.next().await, Said::End);
}

#[tokio::test]
async fn text_that_is_not_utf_8_closes_with_1007() {
    let world = World::start().await;
    for bytes in [
        &b"\xff"[..],
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"{\"type\":\"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited\"}",
    ] {
        let mut raw = Raw::connect(&world).await;
        raw.send(&frame(FIN | TEXT, bytes)).await;
        raw.is_closed(1007, &format!("{bytes:x?}")).await;

        let mut raw = Raw::connect(&world).await;
        raw.send(&close(1000, bytes)).await;
        raw.is_closed(1007, &format!("close reason {bytes:x?}")).await;
    }
}

#[tokio::test]
async fn fragments_make_one_message_with_control_frames_between() {
    let world = World::start().await;
    let mut raw = Raw::connect(&world).await;
    let (start, end) = MESSAGE.split_at(4);
    raw.send(&frame(TEXT, start)).await;
    raw.send(&frame(FIN | PING, b"between")).await;
    assert_eq!(raw.next().await, Said::Pong(b"between".to_vec()));
    raw.send(&frame(CONTINUATION, b"")).await;
    raw.send(&frame(FIN | PONG, b"nobody asked")).await;
    raw.send(&frame(FIN | CONTINUATION, end)).await;
    raw.hears_an_error("login_required").await;

    // A character whose bytes stand in two fragments.
    let text = "{\"type\":\"ä\"}".as_bytes();
    let (start, end) = text.split_at(10);
    raw.send(&[frame(TEXT, start), frame(FIN | CONTINUATION, end)].concat()).await;
    raw.hears_an_error("unknown_type").await;

    for byte in &MESSAGE[..MESSAGE.len() - 1] {
        let head = if *byte == b'{' { TEXT } else { CONTINUATION };
        raw.send(&frame(head, &[*byte])).await;
    }
    raw.send(&frame(FIN | CONTINUATION, b"}")).await;
    raw.hears_an_error("login_required").await;
    raw.lives().await;
}

#[tokio::test]
async fn frames_that_are_chopped_or_glued_together_are_the_same_frames() {
    let world = World::start().await;
    let mut raw = Raw::connect(&world).await;
    for byte in frame(FIN | TEXT, MESSAGE) {
        raw.send(&[byte]).await;
        sleep(Duration::from_millis(1)).await;
    }
    raw.hears_an_error("login_required").await;
    let ping = frame(FIN | PING, &[b'x'; 125]);
    raw.send(&[ping.clone(), frame(FIN | TEXT, MESSAGE), ping].concat()).await;
    let mut said = Vec::new();
    for _ in 0..3 {
        said.push(raw.next().await);
    }
    let pongs = said.iter().filter(|said| **said == Said::Pong(vec![b'x'; 125])).count();
    assert!(pongs >= 1, "the last ping is answered (section 5.5.3): {said:?}");
    let texts = said.iter().filter(|said| matches!(said, Said::Text(_))).count();
    assert_eq!(texts, 1, "{said:?}");
    raw.lives().await;
}

#[tokio::test]
async fn lengths_that_lie_or_go_too_far_close_with_1009() {
    let world = World::start().await;
    let endless =
        [FIN | TEXT, MASKED | 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4];
    let big = frame(FIN | TEXT, &vec![b'x'; 64 * 1024 + 1]);
    let half = vec![b'x'; 40 * 1024];
    let together = [frame(TEXT, &half), frame(FIN | CONTINUATION, &half)].concat();
    for (what, bytes) in
        [("2^63 - 1 bytes", endless.to_vec()), ("64 KiB and one", big), ("fragments", together)]
    {
        let mut raw = Raw::connect(&world).await;
        raw.send(&bytes).await;
        raw.hears_an_error("bad_message").await;
        assert_eq!(raw.next().await, Said::Close(Some(1009)), "{what}");
    }
    let mut raw = Raw::connect(&world).await;
    raw.send(&frame(FIN | TEXT, &vec![b' '; 64 * 1024])).await;
    raw.hears_an_error("bad_message").await;
    raw.lives().await;
}

#[tokio::test]
async fn empty_and_binary_messages_are_answered_and_the_connection_lives() {
    let world = World::start().await;
    let mut raw = Raw::connect(&world).await;
    for bytes in [frame(FIN | TEXT, b""), frame(FIN | BINARY, b""), frame(FIN | BINARY, b"\xff")] {
        raw.send(&bytes).await;
        raw.hears_an_error("bad_message").await;
    }
    raw.send(&frame(FIN | PING, b"")).await;
    assert_eq!(raw.next().await, Said::Pong(Vec::new()));
    raw.lives().await;
}
