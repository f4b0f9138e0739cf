//! Reading a body into memory that is wiped: what a growing buffer leaves behind would hold personal data.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// Room for an answer whose length is not known.
const USUAL_BYTES: usize = 1024;
/// No length that a platform claims takes more memory than this before anything has come.
const MOST_AT_FIRST: usize = 64 * 1024;

/// Longest error page that is worth reading for the sake of its connection.
const MOST_DISCARDED: u64 = 64 * 1024;

/// Reads what nobody wants to know, as far as that keeps the connection usable. Whatever happens, the outcome is known.
pub(super) fn discard(body: &mut ureq::Body) {
    let length = body.content_length();
    if length.is_none_or(|length| length <= MOST_DISCARDED) {
        // Into memory that is wiped: an error page may repeat the request.
        let _ = read_all(body.with_config().limit(MOST_DISCARDED).reader(), length);
    }
}

/// Reads all of it. `length` is what the head says.
pub(super) fn read_all(mut reader: impl Read, length: Option<u64>) -> io::Result<Zeroizing<Vec<u8>>> {
    let first = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(USUAL_BYTES).min(MOST_AT_FIRST);
    // One more than is due, so that the end is found without growing.
    let mut body = Zeroizing::new(vec![0; first + 1]);
    let mut filled = 0;
    loop {
        if filled == body.len() {
            let mut larger = Zeroizing::new(vec![0; 2 * filled]);
            larger[..filled].copy_from_slice(&body);
            body = larger;
        }
        match reader.read(&mut body[filled..]) {
            Ok(0) => break,
            Ok(amount) => filled += amount,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    body.truncate(filled);
    Ok(body)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_head_claims() {
        let content: Vec<u8> = (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        for size in [0, 1, 1023, 1024, 1025, 65_536, 65_537, 200_000] {
            for length in [None, Some(0), Some(size), Some(u64::MAX)] {
                let part = &content[..usize::try_from(size).unwrap()];
                assert_eq!(read_all(part, length).unwrap().as_slice(), part, "{size} {length:?}");
            }
        }
    }
}
