//! Whether the environment can be trusted: a program that has more rights than the person who starts it (set-uid,
//! set-gid, file capabilities) must not let that person's environment decide whom it trusts or which way it connects.

/// Whether all rights of this process are also those of the one who set its environment.
pub(super) fn is_environment_trusted() -> bool {
    #[cfg(target_os = "linux")]
    let has_more_rights = is_marked(std::fs::read("/proc/self/auxv")).unwrap_or_else(has_other_ids);
    #[cfg(all(unix, not(target_os = "linux")))]
    let has_more_rights = has_other_ids();
    #[cfg(not(unix))]
    let has_more_rights = false;
    !has_more_rights
}

/// What the kernel noted when the program was started (`AT_SECURE`); nothing where that cannot be read. Only a process
/// with rights that others must not use is refused its own vector.
#[cfg(target_os = "linux")]
fn is_marked(vector: std::io::Result<Vec<u8>>) -> Option<bool> {
    const AT_SECURE: usize = 23;
    const WORD: usize = size_of::<usize>();

    let vector = match vector {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return Some(true),
        read => read.ok()?,
    };
    let mut entries = vector.chunks_exact(2 * WORD).filter_map(|entry| {
        let (name, value) = entry.split_at(WORD);
        Some((usize::from_ne_bytes(name.try_into().ok()?), usize::from_ne_bytes(value.try_into().ok()?)))
    });
    entries.find(|(name, _)| *name == AT_SECURE).map(|(_, value)| value != 0)
}

#[cfg(unix)]
fn has_other_ids() -> bool {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    getuid() != geteuid() || getgid() != getegid()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn the_kernels_mark_decides() {
        let vector = |entries: &[(usize, usize)]| {
            Ok(entries.iter().flat_map(|(name, value)| [name.to_ne_bytes(), value.to_ne_bytes()].concat()).collect())
        };
        assert_eq!(is_marked(vector(&[(6, 4096), (23, 1), (0, 0)])), Some(true));
        assert_eq!(is_marked(vector(&[(23, 0), (6, 1), (0, 0)])), Some(false));
        assert_eq!(is_marked(vector(&[(6, 23), (0, 0)])), None);
        assert_eq!(is_marked(Ok(vec![23])), None);
        assert_eq!(is_marked(Err(Error::from(ErrorKind::PermissionDenied))), Some(true));
        assert_eq!(is_marked(Err(Error::from(ErrorKind::NotFound))), None);
    }

    #[test]
    fn this_test_has_no_more_rights_than_the_one_who_started_it() {
        assert!(is_environment_trusted());
    }
}
