//! Random numbers for jitter: seeded once by the caller, reproducible, not for secrets.

/// `SplitMix64` (Steele, Lea, Flood, 2014): one word of state, and any seed is a good one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number from zero to `most`, both included; at most 64 bits of it.
    pub(crate) fn up_to(&mut self, most: u128) -> u128 {
        let most = most.min(u128::from(u64::MAX));
        // The upper half of the product is evenly distributed from 0 to `most`.
        (u128::from(self.next()) * (most + 1)) >> 64
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the published algorithm for the seed 1234567.
    #[test]
    fn it_is_split_mix_64() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn both_ends_are_included() {
        let mut random = Random::new(0);
        let mut seen = [false; 3];
        for _ in 0..100 {
            seen[usize::try_from(random.up_to(2)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 3]);
        assert_eq!(random.up_to(0), 0);
        assert!(random.up_to(u128::MAX) <= u128::from(u64::MAX));
    }
}
