// Package backup takes the whole of a portal out of its database, as one file, while trade goes on, and puts it back into an
// empty place, on the same engine or on the other.
//
// An *archive* is a tar of *parts*: what the archive is, in a sentence; the rows of each table, in lines of JSON, compressed with
// zstd, some megabytes a part; the files that are kept outside the database; the *manifest*; and the manifest's own digest. The
// manifest says which program and schema the rows are of, where the chain of journals stood (the *head*), and of each part its
// size and SHA-256, of each table its columns, how many rows, and a digest over all of them. So a person can read an archive
// without this program (tar, zstd), and a part that was torn or altered is named.
//
// A *backup* reads one snapshot of the database, so that the archive is what stood at one moment: a read transaction on SQLite,
// START TRANSACTION WITH CONSISTENT SNAPSHOT on MariaDB. Writers do not wait for it. Files outside the database are copied after
// the snapshot was taken; they are never changed once written, so that a row of the snapshot finds its file.
//
// A *restore* reads the archive twice: once to see that it is whole, once to load it. What was loaded is read back and compared
// with the manifest's digests; the books are verified; the head is compared. Until all that holds, the place is marked, and no
// program takes it for a database; SQLite is filled under another name besides. What fails leaves the place as empty as it was.
//
// An archive holds password hashes, bank accounts and everybody's prices. Its file is readable by its owner alone, and with a
// passphrase it is encrypted in the format of age (age-encryption.org), which that program decrypts too.
package backup
