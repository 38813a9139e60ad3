package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/backup"
)

func TestBackupTakesTheFilesOfTheStore(t *testing.T) {
	t.Setenv(fileStore, "dir:/srv/files")
	b, err := keeping{}.blobs()
	require.NoError(t, err)
	require.Equal(t, backup.Folder("/srv/files"), b)
	b, err = keeping{Files: "/srv/copy"}.blobs()
	require.NoError(t, err)
	require.Equal(t, backup.Folder("/srv/copy"), b)
	t.Setenv(fileStore, "s3://key:secret@127.0.0.1:1/files?tls=off")
	_, err = keeping{}.blobs()
	require.Error(t, err, "a bucket that does not answer")
	require.NotContains(t, err.Error(), "secret")
	t.Setenv(fileStore, "")
	b, err = keeping{}.blobs()
	require.NoError(t, err)
	require.Nil(t, b)
}
