//! The paths of the four interfaces.

use skm::dialect::Dialect;

use crate::options::StartError;

/// The dialect's path of each interface, in the standard's order.
pub fn of(dialect: &Dialect) -> [&str; 4] {
    [&dialect.user_token.path, &dialect.display_path, &dialect.scan.path, &dialect.id.path]
}

/// Refuses paths that a router cannot tell apart.
pub fn check(dialect: &Dialect) -> Result<(), StartError> {
    let paths = of(dialect);
    for (at, path) in paths.iter().enumerate() {
        let ours = ["/_sandbox", "/h5"].iter().any(|prefix| path.starts_with(prefix));
        if ours || path.contains(['{', '}', '*', ':', '?', '#']) || paths[..at].contains(path) {
            return Err(StartError::Path((*path).to_owned()));
        }
    }
    Ok(())
}
