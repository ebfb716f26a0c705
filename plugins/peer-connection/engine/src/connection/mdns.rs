//! The messages of a one-shot multicast DNS query (RFC 6762 5.1, format of RFC 1035 4), without IO.

use std::net::IpAddr;

const TYPE_A: u16 = 1;
const TYPE_AAAA: u16 = 28;
const CLASS_IN: u16 = 1;
/// RFC 6762 10.2: the cache-flush bit stands before the class.
const CLASS_MASK: u16 = 0x7fff;
/// More records than an answer has, and more steps than a name.
const MOST_RECORDS: u16 = 64;

/// The name of a candidate as draft-ietf-mmusic-mdns-ice-candidates 3.2.1 has it: one label before
/// `.local`. Other names are none that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalName {
    label: String,
}

impl LocalName {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (label, domain) = name.split_once('.')?;
        let is_label = (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (is_label && domain.eq_ignore_ascii_case("local"))
            .then(|| Self { label: label.to_ascii_lowercase() })
    }

    /// A query for its addresses; answers to it go to everybody.
    pub(super) fn query(&self) -> Vec<u8> {
        // No id (RFC 6762 18.1), two questions.
        let mut message = vec![0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0];
        for kind in [TYPE_A, TYPE_AAAA] {
            for label in [self.label.as_str(), "local"] {
                // At most 63, as `parse` sees to.
                message.push(label.len() as u8);
                message.extend(label.as_bytes());
            }
            message.push(0);
            message.extend(kind.to_be_bytes());
            message.extend(CLASS_IN.to_be_bytes());
        }
        message
    }

    /// The first address that a response gives for this name; `None` for everything else, however
    /// malformed.
    pub(super) fn answer(&self, message: &[u8]) -> Option<IpAddr> {
        let mut reader = Reader { message, at: 0 };
        let [_id, flags, questions, answers, authorities, more] = reader.words()?;
        let is_response = flags & 0x8000 != 0 && flags & 0x7800 == 0;
        let records = answers.checked_add(authorities)?.checked_add(more)?;
        if !is_response || questions > MOST_RECORDS || records > MOST_RECORDS {
            return None;
        }
        for _ in 0..questions {
            reader.name()?;
            reader.words::<2>()?;
        }
        for _ in 0..records {
            let name = reader.name()?;
            let [kind, class, _, _, length] = reader.words()?;
            let data = reader.take(usize::from(length))?;
            let is_ours = name.len() == 2 && name[0] == self.label && name[1] == "local";
            if !is_ours || class & CLASS_MASK != CLASS_IN {
                continue;
            }
            match kind {
                TYPE_A => return Some(<[u8; 4]>::try_from(data).ok()?.into()),
                TYPE_AAAA => return Some(<[u8; 16]>::try_from(data).ok()?.into()),
                _ => {}
            }
        }
        None
    }
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.message.get(self.at..)?.get(..length)?;
        self.at += length;
        Some(taken)
    }

    fn words<const N: usize>(&mut self) -> Option<[u16; N]> {
        let bytes = self.take(2 * N)?;
        let mut words = [0; N];
        for (word, pair) in words.iter_mut().zip(bytes.chunks_exact(2)) {
            *word = u16::from_be_bytes([pair[0], pair[1]]);
        }
        Some(words)
    }

    /// The labels in lower case; follows compression (RFC 1035 4.1.4) for as many steps as a name
    /// may have.
    fn name(&mut self) -> Option<Vec<String>> {
        let mut labels = Vec::new();
        let mut after = None;
        for _ in 0..MOST_RECORDS {
            let length = usize::from(self.take(1)?[0]);
            match length >> 6 {
                0 if length == 0 => {
                    self.at = after.unwrap_or(self.at);
                    return Some(labels);
                }
                0 => {
                    let label = String::from_utf8_lossy(self.take(length)?);
                    labels.push(label.to_ascii_lowercase());
                }
                3 => {
                    let low = usize::from(self.take(1)?[0]);
                    after = after.or(Some(self.at));
                    self.at = (length & 0x3f) << 8 | low;
                }
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// A response with a PTR record before, and the name compressed.
    fn response(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut message = vec![0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0];
        message.extend(b"\x05OTHER\x05local\0\0\x0c\x80\x01\0\0\0\x78\0\x02\xc0\x0c");
        message.extend(b"\x04A1-b\xc0\x12");
        message.extend(kind.to_be_bytes());
        message.extend([0x80, 1, 0, 0, 0, 120]);
        message.extend((data.len() as u16).to_be_bytes());
        message.extend(data);
        message
    }

    #[test]
    fn only_single_labels_of_local_are_names() {
        for name in ["a1-B.local", "5f2b2c3d-0000-4000-8000-000000000000.LOCAL"] {
            assert!(LocalName::parse(name).is_some(), "{name}");
        }
        let long = format!("{}.local", "a".repeat(64));
        for name in [
            "a.example",
            "local",
            ".local",
            "a.b.local",
            "a.local.",
            "a b.local",
            "a.local.de",
            &long,
        ] {
            assert_eq!(LocalName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn queries_ask_for_both_families() {
        let query = LocalName::parse("Ab.local").unwrap().query();
        let question = |kind| [b"\x02ab\x05local\0\0", &[kind][..], b"\0\x01"].concat();
        let wanted =
            [&[0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0][..], &question(1), &question(28)].concat();
        assert_eq!(query, wanted);
        // A query is no answer.
        assert_eq!(LocalName::parse("Ab.local").unwrap().answer(&query), None);
    }

    #[test]
    fn answers_are_found_and_nothing_else_is() {
        let name = LocalName::parse("a1-B.local").unwrap();
        let v4 = response(1, &[192, 0, 2, 7]);
        assert_eq!(name.answer(&v4), Some("192.0.2.7".parse().unwrap()));
        let v6 = response(28, &std::net::Ipv6Addr::LOCALHOST.octets());
        assert_eq!(name.answer(&v6), Some("::1".parse().unwrap()));
        assert_eq!(LocalName::parse("a1.local").unwrap().answer(&v4), None);
        for length in 0..v4.len() {
            assert_eq!(name.answer(&v4[..length]), None);
        }
        assert_eq!(name.answer(&response(1, &[1, 2, 3])), None);
        // A name that points at itself.
        let mut looped = v4;
        looped[12..14].copy_from_slice(&[0xc0, 12]);
        assert_eq!(name.answer(&looped), None);
    }
}
