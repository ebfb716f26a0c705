//! Makes speech a little shorter or longer without changing its pitch: overlap-add of one pitch
//! period (WSOLA, as NetEQ's accelerate and preemptive expand).

/// Pitch periods from 2.5 to 10 ms.
const LEAST_LAG: usize = 120;
const MOST_LAG: usize = 480;
/// Lags and samples are first looked at in steps of this many.
const COARSE: usize = 4;
/// RMS below which nobody hears a seam.
const QUIET: f64 = 100.0;

/// How alike two periods must be before one of them is taken out or repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// Only where it cannot be heard.
    Fine,
    /// The delay is so wrong that it may be heard.
    Hasty,
}

impl Care {
    fn alike(self) -> f64 {
        match self {
            Care::Fine => 0.85,
            Care::Hasty => 0.4,
        }
    }
}

/// Takes one period out; gives the number of samples taken.
pub(crate) fn shorten(samples: &mut Vec<i16>, care: Care) -> usize {
    let Some(lag) = period(samples, care) else { return 0 };
    for index in 0..lag {
        samples[index] = mix(samples[index], samples[lag + index], index, lag);
    }
    samples.drain(lag..2 * lag);
    lag
}

/// Repeats one period; gives the number of samples added.
pub(crate) fn lengthen(samples: &mut Vec<i16>, care: Care) -> usize {
    let Some(lag) = period(samples, care) else { return 0 };
    let again: Vec<i16> =
        (0..lag).map(|index| mix(samples[lag + index], samples[index], index, lag)).collect();
    samples.splice(lag..lag, again);
    lag
}

/// From `from` to `to` over `length` samples.
fn mix(from: i16, to: i16, index: usize, length: usize) -> i16 {
    let (index, length) = (index as i32, length as i32);
    ((i32::from(from) * (length - index) + i32::from(to) * index) / length) as i16
}

/// The lag at which the beginning is most alike to what follows, if alike enough.
fn period(samples: &[i16], care: Care) -> Option<usize> {
    let most = MOST_LAG.min(samples.len() / 2);
    if most < LEAST_LAG {
        return None;
    }
    let coarse = best(samples, (LEAST_LAG..=most).step_by(COARSE), most, COARSE)?;
    let near = coarse.saturating_sub(COARSE - 1).max(LEAST_LAG)..=(coarse + COARSE - 1).min(most);
    let lag = best(samples, near, most, 1)?;
    let energy: f64 = samples[..2 * most].iter().map(|&sample| f64::from(sample).powi(2)).sum();
    let quiet = energy < QUIET * QUIET * (2 * most) as f64;
    (quiet || likeness(samples, lag, most, 1) >= care.alike()).then_some(lag)
}

fn best(
    samples: &[i16],
    lags: impl Iterator<Item = usize>,
    window: usize,
    step: usize,
) -> Option<usize> {
    lags.map(|lag| (lag, likeness(samples, lag, window, step)))
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(lag, _)| lag)
}

/// Normalised correlation from -1 to 1 of the beginning with itself, `lag` later.
fn likeness(samples: &[i16], lag: usize, window: usize, step: usize) -> f64 {
    let (mut cross, mut one, mut other) = (0.0_f64, 0.0_f64, 0.0_f64);
    let pairs = samples[..window].iter().zip(&samples[lag..]);
    for (&now, &later) in pairs.step_by(step) {
        let (now, later) = (f64::from(now), f64::from(later));
        cross += now * later;
        one += now * now;
        other += later * later;
    }
    cross / (one * other).sqrt().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stays_a_tone() {
        for stretch in [shorten, lengthen] {
            let mut samples = tone(960);

            let changed = stretch(&mut samples, Care::Fine);

            assert!(changed >= LEAST_LAG);
            assert_eq!(samples.len().abs_diff(960), changed);
            let steepest = samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max();
            assert!(steepest < Some(700), "a click of {steepest:?}");
        }
    }

    #[test]
    fn what_is_not_alike_is_left_alone() {
        let mut state = 7_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 17) as i16
        };
        let mut samples: Vec<i16> = (0..960).map(|_| noise()).collect();

        assert_eq!(shorten(&mut samples, Care::Fine), 0);
        assert_eq!(samples.len(), 960);
    }

    #[test]
    fn little_is_left_alone() {
        for length in 0..240 {
            assert_eq!(lengthen(&mut tone(length), Care::Hasty), 0);
        }
    }

    fn tone(length: usize) -> Vec<i16> {
        let step = 440.0 * std::f64::consts::TAU / 48_000.0;
        (0..length).map(|index| ((index as f64 * step).sin() * 10_000.0) as i16).collect()
    }
}
