//! The loop between two TUN devices and the model.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crate::conditions::{Conditions, Order};
use crate::model::{Counters, Link};
use crate::system;

/// Longer than any packet of a device whose MTU nobody raised.
const LONGEST: usize = 65_536;
const IDLE: Duration = Duration::from_secs(1);

/// The name and the namespace of a device.
pub(crate) struct End<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) device: &'a str,
}

/// Carries packets until the input ends. Says `ready` when the devices are there, and the counters
/// whenever they are asked for and at the end.
pub(crate) fn run(ends: [End<'_>; 2], conditions: Conditions, seed: u64) -> io::Result<()> {
    let [one, other] = ends.map(|end| system::open_tun(end.namespace, end.device));
    let mut devices = [one?, other?];
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = io::stdout();
    writeln!(output, "ready")?;
    output.flush()?;

    let mut link = Link::new(conditions, seed);
    let start = Instant::now();
    let mut buffer = vec![0; LONGEST];
    let mut typed = Vec::new();
    loop {
        let limit = link.next_due().map_or(IDLE, |due| due.saturating_sub(start.elapsed()));
        let files = [devices[0].as_fd(), devices[1].as_fd(), input.as_fd()];
        let [_, _, is_typed] = system::wait(files, limit)?;
        for (side, device) in devices.iter_mut().enumerate() {
            while let Some(packet) = next_packet(device, &mut buffer)? {
                link.offer(start.elapsed(), side, packet);
            }
        }
        while let Some((to, packet)) = link.take_due(start.elapsed()) {
            // A device that is down or full loses it, as the devices of a machine do.
            let _ = devices[to].write(&packet);
        }
        if !is_typed {
            continue;
        }
        let length = input.read(&mut buffer)?;
        typed.extend_from_slice(&buffer[..length]);
        while let Some(end) = typed.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = typed.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            obey(&line, &mut link, start.elapsed(), &mut output)?;
        }
        if length == 0 {
            return tell(&mut link, &mut output);
        }
    }
}

/// One packet, if one is there.
fn next_packet<'a>(device: &mut File, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
    match device.read(buffer) {
        Ok(length) => Ok(Some(&buffer[..length])),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

fn obey(line: &str, link: &mut Link, now: Duration, output: &mut impl Write) -> io::Result<()> {
    match Order::parse(line, link.conditions()) {
        Ok(Order::Counters) => tell(link, output),
        Ok(Order::Blackout(length)) => {
            link.black_out(now + length);
            Ok(())
        }
        Ok(Order::Change(conditions)) => {
            link.change(conditions);
            Ok(())
        }
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidInput, error)),
    }
}

fn tell(link: &mut Link, output: &mut impl Write) -> io::Result<()> {
    let [one, other] = [0, 1].map(|side| json(&link.counters(side)));
    writeln!(output, "[{one},{other}]")?;
    output.flush()
}

fn json(counters: &Counters) -> String {
    let Counters { offered, delivered, bytes, lost, .. } = counters;
    let Counters { blacked_out, overflowed, duplicated, reordered, longest_wait, .. } = counters;
    let wait = longest_wait.as_secs_f64() * 1e3;
    format!(
        r#"{{"offered":{offered},"delivered":{delivered},"bytes":{bytes},"lost":{lost},"blackedOut":{blacked_out},"overflowed":{overflowed},"duplicated":{duplicated},"reordered":{reordered},"longestWaitMs":{wait:.1}}}"#
    )
}
