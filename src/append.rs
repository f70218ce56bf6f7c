//! Appends to a vector. A leaf.

use alloc::vec::Vec;

/// Appends bytes, of which there are often few: a call of `memcpy` costs more than these.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a call costs more than a few bytes")]
pub(crate) fn append(to: &mut Vec<u8>, bytes: &[u8]) {
    match bytes {
        [byte] => to.push(*byte),
        _ if (8..=16).contains(&bytes.len()) => append_overlapping::<8>(to, bytes),
        _ if (17..=32).contains(&bytes.len()) => append_overlapping::<16>(to, bytes),
        _ => to.extend_from_slice(bytes),
    }
}

/// Appends `N` to `2 * N` bytes: the first `N`, and the last `N`, which overlap.
#[inline]
fn append_overlapping<const N: usize>(to: &mut Vec<u8>, bytes: &[u8]) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
        let len = to.len();
        to.extend_from_slice(first);
        to.truncate(len + bytes.len() - N);
        to.extend_from_slice(last);
    }
}

#[cfg(test)]
mod tests {
    use super::append;
    use alloc::vec::Vec;

    #[test]
    fn appends_every_length() {
        let bytes: Vec<u8> = (0..100).collect();
        let (mut appended, mut expected) = (Vec::new(), Vec::new());
        for len in 0..bytes.len() {
            append(&mut appended, &bytes[..len]);
            expected.extend_from_slice(&bytes[..len]);
            assert_eq!(appended, expected);
        }
    }
}
