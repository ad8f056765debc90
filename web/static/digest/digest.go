// Package digest says whether dist was built from the sources that lie beside
// it. The build and the test that guards it both ask.
package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Of is the SHA-256 of every source under dir (web/static): src, vendor and the
// builder itself, names and contents.
func Of(dir string) (string, error) {
	sum := sha256.New()
	for _, part := range []string{"build", "src", "vendor"} {
		err := filepath.WalkDir(filepath.Join(dir, part), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			body, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				return err
			}
			fmt.Fprintf(sum, "%s %d\n", filepath.ToSlash(rel), len(body))
			sum.Write(body)
			return nil
		})
		if err != nil {
			return "", fmt.Errorf("digest of %s: %w", part, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
