package store

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// CommitTime is how long one commit of one record of that many bytes takes on
// the disk that holds dir: the median of n, by bbolt alone. It is what a
// machine can do, for others to be compared with.
func CommitTime(dir string, bytes, n int) (time.Duration, error) {
	dir, err := os.MkdirTemp(dir, "commit")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	bolt, err := bbolt.Open(filepath.Join(dir, "measure.db"), 0o600, nil)
	if err != nil {
		return 0, err
	}
	defer bolt.Close()
	record := make([]byte, bytes)
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		err := bolt.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(journalBucket)
			if err != nil {
				return err
			}
			return b.Put(number(uint64(i)), record)
		})
		if err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	return median(took), nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
