//! Ten thousand broken messages, over real sockets: the server lives, and a call of others goes on.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test may fail by panic")]

use std::{fs, path::Path, time::Duration};

use futures_util::{SinkExt, StreamExt};
use ringdove_call::{CallPhase, MediaAction, MediaEvent};
use ringdove_protocol::{Candidate, SUBPROTOCOL, Signal};
use ringdove_tests::{Rng, Socket, User, World, project_root, raw};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

const MESSAGES: usize = 10_000;
/// As many as a connection may send at once.
const BURST: usize = 150;
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_mutated_messages_end_nothing_of_anybody_else() -> anyhow::Result<()> {
    let world = World::start().await?;
    let (mut anna, mut ben) = (world.user("Anna").await?, world.user("Ben").await?);
    anna.call("Ben").await?;
    ben.until_phase(CallPhase::Ringing).await?;
    ben.accept()?;
    for end in [&mut anna, &mut ben] {
        end.until_phase(CallPhase::Connecting).await?;
        end.report(MediaEvent::Connected)?;
        end.until_phase(CallPhase::Active).await?;
    }

    let corpus = corpus();
    let mut rng = Rng::new(1, 0);
    let (mut sent, mut answers) = (0, 0);
    for attack in 0.. {
        if sent >= MESSAGES {
            break;
        }
        let is_guest = attack % 4 == 3;
        let mut socket = raw::connect(&world, if is_guest { "json" } else { SUBPROTOCOL }).await?;
        match attack % 4 {
            // Before the login.
            0 => {}
            3 => {
                let name = format!(r#"{{"type":"username","name":"Gus{attack}"}}"#);
                socket.send(Message::text(name)).await?;
            }
            _ => raw::log_in(&mut socket, &format!("Eve{attack}")).await?,
        }
        for _ in 0..BURST {
            let message = mutate(&corpus, &mut rng);
            // The server may have closed the connection, as is its right.
            if socket.send(message).await.is_err() {
                break;
            }
            sent += 1;
        }
        answers += take_answers(socket).await?;
        relay(&anna, &mut ben, attack).await?;
        relay(&ben, &mut anna, attack).await?;
    }

    assert!(answers > MESSAGES / 2, "only {answers} answers: the messages were not read");
    for end in [&mut anna, &mut ben] {
        assert!(end.is_online());
        assert_eq!(end.phase(), Some(CallPhase::Active));
        assert_eq!((end.starts(), &end.notices), (1, &Vec::new()));
    }
    // And strangers are still welcome.
    world.user("Cleo").await?;
    Ok(())
}

/// A signal gets from one end of the call to the other.
async fn relay(from: &User, to: &mut User, number: usize) -> anyhow::Result<()> {
    let signal = Signal::Candidate {
        candidate: Some(Candidate {
            candidate: format!("{number}"),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        }),
    };
    from.report(MediaEvent::Signal { signal: signal.clone() })?;
    to.until("a signal of the other end", |user| {
        let last = user.orders.last().map(|order| &order.action);
        last == Some(&MediaAction::Signal { signal: signal.clone() })
    })
    .await?;
    Ok(())
}

/// Says goodbye, so that the server reads everything that came before; counts what it said.
async fn take_answers(mut socket: Socket) -> anyhow::Result<usize> {
    // It may have closed the connection first.
    let _ = socket.close(None).await;
    let mut answers = 0;
    while let Some(Ok(message)) = timeout(PATIENCE, socket.next()).await? {
        answers += usize::from(message.is_text());
    }
    Ok(answers)
}

/// Every kind of message of a client, good ones.
fn corpus() -> Vec<Vec<u8>> {
    let golden = project_root().join("crates/protocol/golden/client");
    let mut corpus: Vec<_> = files(&golden).collect();
    for seed in files(&project_root().join("fuzz/seeds/server_hub")) {
        let lines = seed.split(|byte| *byte == b'\n');
        let frames = lines.filter_map(|line| {
            let brace = line.iter().position(|byte| *byte == b'{')?;
            Some(line[brace..].to_vec())
        });
        corpus.extend(frames);
    }
    assert!(corpus.len() > 30);
    corpus
}

fn files(folder: &Path) -> impl Iterator<Item = Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap())
}

/// One to four changes of a good message.
fn mutate(corpus: &[Vec<u8>], rng: &mut Rng) -> Message {
    let mut below = |limit: usize| rng.below(limit as u64) as usize;
    let mut bytes = corpus[below(corpus.len())].clone();
    for _ in 0..=below(3) {
        let (at, length) = (below(bytes.len() + 1), below(16));
        let end = (at + length).min(bytes.len());
        match below(7) {
            0 => bytes.insert(at, below(256) as u8),
            1 if at < bytes.len() => bytes[at] ^= 1 << below(8),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => bytes.extend_from_within(at..),
            5 => {
                let tokens: [&[u8]; 8] = [
                    b"null",
                    b"{}",
                    b"[[[[",
                    b"-1e999",
                    b"\"\\ud800\"",
                    b"18446744073709551616",
                    "\u{202e}\u{0}".as_bytes(),
                    b"\"type\":\"login\",",
                ];
                bytes.splice(at..end, tokens[below(tokens.len())].iter().copied());
            }
            _ => {
                let other = &corpus[below(corpus.len())];
                bytes.splice(at.., other[below(other.len())..].iter().copied());
            }
        }
        bytes.truncate(60_000);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Message::text(text),
        Err(error) => Message::binary(error.into_bytes()),
    }
}
