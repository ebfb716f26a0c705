//! Two engines in one process talk over 127.0.0.1, each driven as a page drives it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::Duration;

use serde_json::json;
use support::{Line, Page, all_lines, connect, negotiate, turned, vp8, vp8_number};

const VIDEO: u8 = 1;
const AUDIO: u8 = 2;
const DATA: u8 = 3;

async fn pair() -> (Page, Page) {
    (Page::new(1).await, Page::new(2).await)
}

async fn tick(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn video_goes_both_ways_unchanged() {
    let (mut a, mut b) = pair().await;
    connect(&mut a, &mut b, &all_lines()).await;
    for (from, to) in [(1, 2), (2, 1)] {
        let (sender, receiver) = if from == 1 { (&mut a, &mut b) } else { (&mut b, &mut a) };
        for number in 0..20 {
            // Key frames of several packets, the others of one.
            let key = number % 10 == 0;
            let frame = vp8(key, number, if key { 6000 } else { 300 });
            sender.send(VIDEO, u8::from(key), 1, 1e6 + f64::from(number) * 33_333.0, &frame);
            tick(20).await;
        }
        let mut last_time: Option<f64> = None;
        for number in 0..20 {
            let frame = receiver.frame(|f| f.kind == VIDEO).await;
            let key = number % 10 == 0;
            assert_eq!(
                (frame.pc, frame.line, frame.flags),
                (to, 1, u8::from(key)),
                "frame {number}"
            );
            assert_eq!(frame.payload, vp8(key, number, if key { 6000 } else { 300 }));
            if let Some(last) = last_time {
                assert!((frame.time - last - 33_333.0).abs() < 12.0, "{} {last}", frame.time);
            }
            last_time = Some(frame.time);
        }
        receiver.event("media", |e| e["line"] == 1 && e["active"] == true).await;
    }
    let stopped = b.event("media", |e| e["line"] == 1 && e["active"] == false);
    let stopped = tokio::time::timeout(Duration::from_secs(20), stopped).await.unwrap();
    assert_eq!(stopped, json!({ "pc": 2, "event": "media", "line": 1, "active": false }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_frame_request_reaches_the_sender() {
    let (mut a, mut b) = pair().await;
    connect(&mut a, &mut b, &all_lines()).await;
    // Asked before anything has arrived: it is kept until there is somebody to ask.
    b.ask("requestKeyFrame", json!({ "line": 1 })).await.unwrap();
    for number in 0..10 {
        a.send(VIDEO, 0, 1, f64::from(number) * 33_333.0, &vp8(false, number, 300));
        tick(20).await;
    }
    let event = a.event("keyFrameRequest", |_| true).await;
    assert_eq!(event, json!({ "pc": 1, "event": "keyFrameRequest", "line": 1 }));
    // Ten frames could not be shown, but a key frame takes its time to come.
    tick(100).await;
    let mut requests = 1;
    while a.event_within("keyFrameRequest", Duration::from_millis(1), |_| true).await.is_some() {
        requests += 1;
    }
    assert!(requests < 5, "{requests} requests for ten frames");
    let error = b.ask("requestKeyFrame", json!({ "line": 0 })).await.unwrap_err();
    assert_eq!(error["name"], "InvalidStateError");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audio_is_heard_at_the_other_end() {
    let (mut a, mut b) = pair().await;
    connect(&mut a, &mut b, &all_lines()).await;
    let options =
        json!({ "echoCancellation": false, "noiseSuppression": false, "autoGainControl": false });
    a.ask("audioOptions", options).await.unwrap();
    let mut phase = 0f64;
    let mut start = None;
    for number in 0..150u32 {
        let mut payload = Vec::new();
        for _ in 0..480 {
            phase += 2.0 * std::f64::consts::PI * 440.0 / 48_000.0;
            payload.extend(((phase.sin() * 8000.0) as i16).to_le_bytes());
        }
        a.send(AUDIO, 0, 0, f64::from(number) * 10_000.0, &payload);
        let next = *start.get_or_insert_with(tokio::time::Instant::now)
            + Duration::from_millis(10) * (number + 1);
        tokio::time::sleep_until(next).await;
    }
    b.event("media", |e| e["line"] == 0 && e["active"] == true).await;
    let (mut frames, mut loud, mut crossings) = (0, 0, 0);
    while let Some(frame) = b.frame_within(Duration::from_millis(1), |f| f.kind == AUDIO).await {
        assert_eq!((frame.pc, frame.line, frame.payload.len()), (2, 0, 960));
        let samples: Vec<f64> = frame
            .payload
            .chunks_exact(2)
            .map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])))
            .collect();
        let rms = (samples.iter().map(|s| s * s).sum::<f64>() / 480.0).sqrt();
        frames += 1;
        if rms > 3000.0 {
            loud += 1;
            crossings += samples.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        }
    }
    assert!(frames > 100, "{frames} frames of 10 ms in 1.5 s");
    assert!(loud > 80, "{loud} of {frames} are loud");
    let tone = crossings as f64 / (f64::from(loud) * 0.01);
    assert!((tone - 440.0).abs() < 25.0, "{tone} Hz");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_channels_carry_text_and_binary() {
    let (mut a, mut b) = pair().await;
    let open = json!({
        "channel": 7, "label": "chat", "protocol": "p", "ordered": false, "maxRetransmits": 3,
        "negotiated": false
    });
    a.ask("openChannel", open).await.unwrap();
    for page in [&mut a, &mut b] {
        let negotiated = json!({
            "channel": 8, "label": "n", "protocol": "", "ordered": true, "negotiated": true, "streamId": 40
        });
        page.ask("openChannel", negotiated.clone()).await.unwrap();
        let error = page.ask("openChannel", negotiated).await.unwrap_err();
        assert_eq!(error["name"], "InvalidStateError");
    }
    connect(&mut a, &mut b, &all_lines()).await;
    a.event("channelOpen", |e| e["channel"] == 7).await;
    for page in [&mut a, &mut b] {
        let opened = page.event("channelOpen", |e| e["channel"] == 8).await;
        assert_eq!(opened["streamId"], 40);
    }
    let offered = b.event("channelOffered", |_| true).await;
    assert_eq!(offered["label"], "chat");
    assert_eq!(offered["protocol"], "p");
    assert_eq!(offered["ordered"], false);
    assert_eq!(offered["maxRetransmits"], 3);
    assert_eq!(offered["channel"], 32768);

    a.send(DATA, 1, 7, 0.0, "grüße".as_bytes());
    let text = b.frame(|f| f.kind == DATA).await;
    assert_eq!((text.flags, text.line, text.payload.as_slice()), (1, 32768, "grüße".as_bytes()));
    b.send(DATA, 0, 32768, 0.0, &[0, 1, 2]);
    let binary = a.frame(|f| f.kind == DATA).await;
    assert_eq!((binary.flags, binary.line, binary.payload.as_slice()), (0, 7, &[0u8, 1, 2][..]));
    a.event("channelBuffered", |e| e["channel"] == 7 && e["amount"] == 0).await;

    // More than SCTP takes at once, in order, with the largest message.
    let big: Vec<Vec<u8>> = (0..8u8).map(|n| vec![n; 256 * 1024]).collect();
    for message in &big {
        a.send(DATA, 0, 8, 0.0, message);
    }
    for message in &big {
        let frame = b.frame(|f| f.kind == DATA).await;
        assert_eq!((frame.line, frame.payload.len()), (8, message.len()));
        assert!(frame.payload == *message);
    }
    a.event("channelBuffered", |e| e["channel"] == 8 && e["amount"].as_u64() > Some(512 << 10))
        .await;
    a.event("channelBuffered", |e| e["channel"] == 8 && e["amount"] == 0).await;

    a.ask("closeChannel", json!({ "channel": 7 })).await.unwrap();
    a.event("channelClosed", |e| e["channel"] == 7).await;
    b.event("channelClosed", |e| e["channel"] == 32768).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ice_restart_keeps_the_connection_and_the_media() {
    let (mut a, mut b) = pair().await;
    let lines = all_lines();
    connect(&mut a, &mut b, &lines).await;
    let mut sent = 0;
    async fn send(a: &mut Page, sent: &mut u32, count: u32) {
        for _ in 0..count {
            a.send(
                VIDEO,
                u8::from(*sent == 0),
                1,
                f64::from(*sent) * 33_333.0,
                &vp8(*sent == 0, *sent, 500),
            );
            *sent += 1;
            tick(20).await;
        }
    }
    send(&mut a, &mut sent, 10).await;

    a.forget();
    b.forget();
    for (page, ufrag) in [(&mut a, "restartA"), (&mut b, "restartB")] {
        page.ufrag = ufrag.to_owned();
        page.pwd = format!("anotherPassword+{ufrag}");
    }
    let from_a = a.gather().await;
    let from_b = b.gather().await;
    // The candidates of the new generation come before its descriptions.
    b.add_candidates(&from_a).await;
    a.add_candidates(&from_b).await;
    let (seen_by_b, seen_by_a) = (a.offer("passive", &lines), b.offer("active", &turned(&lines)));
    b.apply(&seen_by_b, false, &lines).await.unwrap();
    send(&mut a, &mut sent, 10).await;
    a.apply(&seen_by_a, true, &lines).await.unwrap();
    send(&mut a, &mut sent, 40).await;
    for page in [&mut a, &mut b] {
        page.event("ice", |e| e["state"] == "checking").await;
        page.event("ice", |e| e["state"] == "connected").await;
    }
    send(&mut a, &mut sent, 10).await;

    let mut arrived = Vec::new();
    while let Some(frame) = b.frame_within(Duration::from_secs(1), |f| f.kind == VIDEO).await {
        arrived.push(vp8_number(&frame.payload));
    }
    assert_eq!(arrived, (0..sent).collect::<Vec<_>>());
    for page in [&a, &b] {
        let bad = |(name, state): &(String, serde_json::Value)| {
            name == "dtls" || name == "failed" || *state == "failed" || *state == "disconnected"
        };
        assert!(!page.seen().iter().any(bad), "{:?}", page.seen());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_fingerprint_ends_dtls_and_nothing_arrives() {
    let (mut a, mut b) = pair().await;
    let real = a.fingerprint.clone();
    let first = if real.contains("sha-256 00") { "sha-256 01" } else { "sha-256 00" };
    a.fingerprint = format!("{first}{}", &real["sha-256 00".len()..]);
    negotiate(&mut a, &mut b, &all_lines()).await;
    b.event("dtls", |e| e["state"] == "failed").await;
    for number in 0..10 {
        a.send(VIDEO, 1, 1, f64::from(number) * 33_333.0, &vp8(true, number, 300));
        b.send(VIDEO, 1, 1, f64::from(number) * 33_333.0, &vp8(true, number, 300));
        tick(20).await;
    }
    assert!(b.frame_within(Duration::from_millis(500), |_| true).await.is_none());
    assert!(a.frame_within(Duration::from_millis(500), |_| true).await.is_none());
    // The connection answers still.
    b.ask("stats", json!({})).await.unwrap();
    let error = b.apply(&a.offer("passive", &all_lines()), false, &all_lines()).await.unwrap_err();
    assert_eq!(error["name"], "InvalidStateError");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_where_the_direction_does_not() {
    let (mut a, mut b) = pair().await;
    let lines = [Line { kind: "video", direction: "recvonly" }];
    connect(&mut a, &mut b, &lines).await;
    for number in 0..10 {
        a.send(VIDEO, 1, 0, f64::from(number) * 33_333.0, &vp8(true, number, 300));
        b.send(VIDEO, 1, 0, f64::from(number) * 33_333.0, &vp8(true, number, 300));
        tick(20).await;
    }
    a.frame(|f| f.kind == VIDEO).await;
    assert!(b.frame_within(Duration::from_millis(300), |f| f.kind == VIDEO).await.is_none());

    // And now it does, after a renegotiation.
    let lines = [Line { kind: "video", direction: "sendrecv" }];
    b.apply(&a.offer("passive", &lines), false, &lines).await.unwrap();
    a.apply(&b.offer("active", &lines), true, &lines).await.unwrap();
    a.send(VIDEO, 1, 0, 1e6, &vp8(true, 77, 300));
    let frame = b.frame(|f| f.kind == VIDEO).await;
    assert_eq!(vp8_number(&frame.payload), 77);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stats_count_what_went_over() {
    let (mut a, mut b) = pair().await;
    connect(&mut a, &mut b, &all_lines()).await;
    a.ask("setBitrate", json!({ "bps": 2_000_000 })).await.unwrap();
    for number in 0..60 {
        a.send(
            VIDEO,
            u8::from(number == 0),
            1,
            f64::from(number) * 33_333.0,
            &vp8(number == 0, number, 3000),
        );
        tick(20).await;
    }
    a.event("bitrate", |e| e["bps"].as_u64().is_some_and(|bps| bps >= 30_000)).await;
    tick(600).await;
    let sent = a.ask("stats", json!({})).await.unwrap();
    let out = sent["outbound"].as_array().unwrap().iter().find(|s| s["line"] == 1).unwrap();
    assert_eq!((&out["kind"], &out["ssrc"]), (&json!("video"), &json!(1002)));
    assert!(out["packetsSent"].as_u64().unwrap() >= 150, "{out}");
    let received = b.ask("stats", json!({})).await.unwrap();
    let inbound = received["inbound"].as_array().unwrap().iter().find(|s| s["line"] == 1).unwrap();
    assert_eq!((&inbound["framesReceived"], &inbound["ssrc"]), (&json!(60), &json!(1002)));
    assert_eq!(inbound["packetsLost"], 0);
    let peer = &received["peer"];
    assert!(peer["bytesReceived"].as_u64().unwrap() > 150_000, "{peer}");
    for side in ["local", "remote"] {
        assert!(peer[side].as_str().unwrap().starts_with("candidate:"), "{peer}");
    }
    assert!(peer["currentRoundTripTime"].as_f64().unwrap() < 1.0, "{peer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_connection_is_gone_and_tells_the_other() {
    let (mut a, mut b) = pair().await;
    connect(&mut a, &mut b, &all_lines()).await;
    assert_eq!(a.ask("close", json!({})).await.unwrap(), json!({}));
    b.event("dtls", |e| e["state"] == "closed").await;
    tick(50).await;
    let error = a.ask("stats", json!({})).await.unwrap_err();
    assert_eq!(error["name"], "InvalidStateError");
    // Its number is free again.
    a.ask("create", json!({ "iceServers": [], "relayOnly": false })).await.unwrap();
}
