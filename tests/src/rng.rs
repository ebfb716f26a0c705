//! Chance that is the same on every machine.

/// xorshift64*.
#[derive(Debug)]
pub struct Rng(u64);

impl Rng {
    /// Chance of its own for each pair of seed and purpose.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mixed =
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03);
        let mut rng = Self(mixed | 1);
        // Seeds that differ by one bit only are far apart after that.
        for _ in 0..4 {
            rng.draw();
        }
        rng
    }

    /// 64 random bits.
    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from 0 up to, but not, `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        (self.draw() >> 16) % limit.max(1)
    }

    /// Whether something of this probability, 0 to 1, happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        ((self.draw() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }

    /// Fills a buffer.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = self.draw().to_be_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}
