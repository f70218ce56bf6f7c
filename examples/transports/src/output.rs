//! A file that is written as a whole or not at all.

use std::fmt;
use std::fs;
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
        // Of a link, the file that it points to.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if target.exists() && !target.is_file() {
            return Err(cannot_write(path, &"it is not a regular file").into());
        }
        // A path that ends with a separator has a name all the same.
        let (Some(name), false) = (target.file_name(), path.as_os_str().as_encoded_bytes().ends_with(b"/")) else {
            return Err(cannot_write(path, &"it is not the name of a file").into());
        };
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = fs::canonicalize(folder)
            .map_err(|error| cannot_write(path, &format!("the folder {}: {error}", folder.display())))?;
        let mut builder = tempfile::Builder::new();
        // As of any other file: the process may not grant more than its mask allows.
        #[cfg(unix)]
        builder.permissions(PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(&folder).map_err(|error| cannot_write(path, &kind_of(&error)))?;
        Ok(Self { path: folder.join(name), file })
    }

    /// Whether both write the same file.
    pub(crate) fn has_path_of(&self, other: &Self) -> bool {
        self.path == other.path
    }

    /// Writes the file.
    pub(crate) fn write(mut self, text: &str) -> Result<()> {
        self.file.write_all(text.as_bytes()).map_err(|error| cannot_write(&self.path, &error))?;
        self.file.persist(&self.path).map_err(|error| cannot_write(&self.path, &error.error))?;
        Ok(())
    }
}

/// The error without the name of the temporary file.
fn kind_of(error: &std::io::Error) -> std::io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error)
}

fn cannot_write(path: &Path, error: &dyn fmt::Display) -> String {
    format!("cannot write {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
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
        for path in [missing.as_path(), folder.path(), &folder.path().join("x/"), Path::new("")] {
            let error = Output::create(path).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.starts_with(&format!("cannot write {}: ", path.display())), "{error}");
        }
        Ok(())
    }

    #[test]
    fn the_same_file_is_noticed_by_other_names() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let a = Output::create(&folder.path().join("a"))?;
        assert!(a.has_path_of(&Output::create(&folder.path().join(".").join("a"))?));
        assert!(!a.has_path_of(&Output::create(&folder.path().join("b"))?));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old")?;
        std::os::unix::fs::symlink(&file, &link)?;
        Output::create(&link)?.write("new")?;
        assert_eq!(fs::read_to_string(&file)?, "new");
        assert!(link.is_symlink());
        Ok(())
    }
}
