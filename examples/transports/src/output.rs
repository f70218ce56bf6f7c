//! A file that is written as a whole or not at all.

use std::io::Write;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::Result;

/// A file that takes the place of another one when it is complete. Until then it has another name, in the same folder.
pub(crate) struct Output {
    path: PathBuf,
    file: NamedTempFile,
}

impl Output {
    /// Returns an error if the file could not be written later.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        if path.exists() && !path.is_file() {
            return Err(format!("cannot write {}: it is not a regular file", path.display()).into());
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        // As of any other file: the process may not grant more than its mask allows.
        #[cfg(unix)]
        builder.permissions(PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Writes the file.
    pub(crate) fn write(mut self, text: &str) -> Result<()> {
        self.file.write_all(text.as_bytes()).map_err(|error| cannot_write(&self.path, &error))?;
        self.file.persist(&self.path).map_err(|error| cannot_write(&self.path, &error.error))?;
        Ok(())
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_when_the_new_one_is_complete() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("report.html");
        fs::write(&path, "old")?;
        drop(Output::create(&path)?);
        assert_eq!(fs::read_to_string(&path)?, "old");
        let output = Output::create(&path)?;
        assert_eq!(fs::read_to_string(&path)?, "old");
        output.write("new")?;
        assert_eq!(fs::read_to_string(&path)?, "new");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let missing = folder.path().join("missing").join("report.html");
        for path in [missing.as_path(), folder.path()] {
            let error = Output::create(path).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.starts_with(&format!("cannot write {}: ", path.display())), "{error}");
        }
        Ok(())
    }
}
