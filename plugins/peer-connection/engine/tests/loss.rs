//! Pictures over a link that loses a tenth each way: what is lost is asked for and sent again.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::{Page, all_lines, connect_through, vp8};
use tokio::net::UdpSocket;

const VIDEO: u8 = 1;
const FLAG_KEY: u8 = 1;
const FLAG_MISSING: u8 = 2;
const DELAY: Duration = Duration::from_millis(25);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nearly_all_pictures_come_through_a_tenth_of_loss() {
    let (mut a, mut b) = (Page::new(1).await, Page::new(2).await);
    let relay = Relay::open().await;
    connect_through(&mut a, &mut b, &all_lines(), relay.ports).await;
    relay.loses.store(true, Ordering::Relaxed);

    let sent = 240;
    let sending = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(33));
        for number in 0..sent {
            tick.tick().await;
            // A key frame of 17 packets every two seconds, and one or two of each other.
            let key = number % 60 == 0;
            let frame = vp8(key, number, if key { 20_000 } else { 1500 });
            a.send(VIDEO, u8::from(key), 1, f64::from(number) * 33_333.0, &frame);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    });
    let (mut shown, mut waits) = (0, true);
    while let Some(frame) = b.frame_within(Duration::from_secs(2), |f| f.kind == VIDEO).await {
        waits = frame.flags & FLAG_KEY == 0 && (waits || frame.flags & FLAG_MISSING != 0);
        shown += u32::from(!waits);
    }
    sending.await.unwrap();

    assert!(shown * 10 >= sent * 9, "{shown} of {sent} pictures could be shown");
}

/// Stands between two pages: what reaches one socket leaves from the other.
struct Relay {
    ports: [u16; 2],
    loses: Arc<AtomicBool>,
}

impl Relay {
    async fn open() -> Self {
        let mut sockets = Vec::new();
        for _ in 0..2 {
            sockets.push(Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap()));
        }
        let ports = [0, 1].map(|side| sockets[side].local_addr().unwrap().port());
        let loses = Arc::new(AtomicBool::new(false));
        let ends: Arc<Mutex<[Option<SocketAddr>; 2]>> = Arc::default();
        for side in [0, 1] {
            let (input, output) = (Arc::clone(&sockets[side]), Arc::clone(&sockets[1 - side]));
            tokio::spawn(carry(input, output, side, Arc::clone(&ends), Arc::clone(&loses)));
        }
        Self { ports, loses }
    }
}

async fn carry(
    input: Arc<UdpSocket>,
    output: Arc<UdpSocket>,
    side: usize,
    ends: Arc<Mutex<[Option<SocketAddr>; 2]>>,
    loses: Arc<AtomicBool>,
) {
    let mut random = 7 + side as u64;
    let mut buffer = [0; 2048];
    while let Ok((length, source)) = input.recv_from(&mut buffer).await {
        let to = {
            let mut ends = ends.lock().unwrap();
            ends[side] = Some(source);
            ends[1 - side]
        };
        // Knuth's MMIX: the high bits are random enough.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let lost = loses.load(Ordering::Relaxed) && (random >> 33).is_multiple_of(10);
        let Some(to) = to.filter(|_| !lost) else { continue };
        let (output, packet) = (Arc::clone(&output), buffer[..length].to_vec());
        tokio::spawn(async move {
            tokio::time::sleep(DELAY).await;
            let _ = output.send_to(&packet, to).await;
        });
    }
}
