//! One file, or one marked region of a file, that is derived from a table.

use std::fs;
use std::io;
use std::path::Path;

/// What a file, or the region of this name in it, has to hold.
pub struct Face {
    /// From the root of the repository.
    pub path: &'static str,
    region: Option<&'static str>,
    text: String,
}

impl Face {
    /// A file that is derived as a whole.
    pub fn whole(path: &'static str, text: String) -> Face {
        Face { path, region: None, text }
    }

    /// The lines between the one that holds `generated: <name>` and the one that holds `end of generated: <name>`.
    pub fn region(path: &'static str, name: &'static str, text: String) -> Face {
        Face { path, region: Some(name), text }
    }

    /// Whether the file differed; unless this is only a `check`, it is written then.
    ///
    /// # Errors
    /// What stands in the way: a file that cannot be read or written, a mark that is missing.
    pub fn bring_up_to_date(&self, root: &Path, check: bool) -> Result<bool, String> {
        let path = root.join(self.path);
        let current = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.region.is_none() => String::new(),
            Err(error) => return Err(error.to_string()),
        };
        let wanted = self.within(&current)?;
        if wanted == current {
            return Ok(false);
        }
        if !check {
            fs::write(&path, wanted).map_err(|error| error.to_string())?;
        }
        Ok(true)
    }

    fn within(&self, current: &str) -> Result<String, String> {
        let Some(name) = self.region else { return Ok(self.text.clone()) };
        let end_mark = format!("end of generated: {name}");
        let begin_mark = format!("generated: {name}");
        let lines: Vec<&str> = current.split_inclusive('\n').collect();
        let end = lines.iter().position(|line| line.contains(&end_mark));
        let begin = lines.iter().position(|line| line.contains(&begin_mark) && !line.contains(&end_mark));
        let (Some(begin), Some(end)) = (begin, end) else {
            return Err(format!("the marks of the region {name} are missing"));
        };
        Ok([&lines[..=begin].concat(), self.text.as_str(), &lines[end..].concat()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_region_is_replaced() {
        let face = Face::region("x", "rows", "new\n".to_owned());
        let current = "a\n// generated: rows\nold\nolder\n// end of generated: rows\nb\n";
        let wanted = "a\n// generated: rows\nnew\n// end of generated: rows\nb\n";
        assert_eq!(face.within(current).as_deref(), Ok(wanted));
        assert!(face.within("a\n").is_err());
    }
}
