package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/bellhop-chat/bellhop/host/script"
)

// Limits of a bundle.
const (
	MaxBytes = 8 << 20         // of the packed file
	maxFiles = 500             // in it
	maxTotal = 8 << 20         // bytes of all files together, unpacked
	maxOne   = script.MaxFile  // bytes of one file, unpacked
	sums     = "SHA256SUMS"    // the list's name
	manifest = script.Manifest // without which a folder is no plugin
)

// Ext is what the names of bundles end in.
const Ext = ".bhp"

// Files are a plugin's files by name, with "/" in names.
type Files map[string][]byte

// Read reads a plugin's folder. What is no part of a plugin is left out, and
// named.
func Read(dir fs.FS) (f Files, leftOut []string, err error) {
	f = Files{}
	err = fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && name != "testdata" && !strings.HasPrefix(name, "testdata/"):
			leftOut = append(leftOut, name+"/")
			return fs.SkipDir
		case e.IsDir():
			return nil
		case !belongs(name):
			leftOut = append(leftOut, name)
			return nil
		case !e.Type().IsRegular():
			return fmt.Errorf("%s is a link or no ordinary file: put the file itself there", name)
		}
		b, err := fs.ReadFile(dir, name)
		f[name] = b
		return err
	})
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read plugin: %w", err)
	}
	return f, leftOut, nil
}

// belongs reports whether a file is a part of a plugin.
func belongs(name string) bool {
	if rest, ok := strings.CutPrefix(name, "testdata/"); ok {
		return !strings.HasPrefix(path.Base(rest), ".")
	}
	base := strings.TrimSuffix(name, path.Ext(name))
	return name == manifest || strings.HasSuffix(name, ".go") && !strings.HasPrefix(name, ".") || base == "README" || base == "LICENSE"
}

// check finds what no plugin may hold.
func (f Files) check() error {
	if f[manifest] == nil {
		return fmt.Errorf("no %s: is this a plugin?", manifest)
	}
	if len(f) > maxFiles {
		return fmt.Errorf("%d files: a plugin has at most %d", len(f), maxFiles)
	}
	total := 0
	folded := map[string]string{}
	for _, name := range f.names() {
		if err := checkName(name); err != nil {
			return err
		}
		if twin := folded[strings.ToLower(name)]; twin != "" {
			return fmt.Errorf("%s and %s are one file on some systems: rename one of them", twin, name)
		}
		folded[strings.ToLower(name)] = name
		if len(f[name]) > maxOne {
			return fmt.Errorf("%s has more than %d KiB: split it, or move data into settings", name, maxOne>>10)
		}
		if total += len(f[name]); total > maxTotal {
			return fmt.Errorf("more than %d MiB of files", maxTotal>>20)
		}
	}
	return nil
}

func checkName(name string) error {
	if err := module.CheckFilePath(name); err != nil {
		return err
	}
	if !belongs(name) {
		return fmt.Errorf("%s is no part of a plugin: a bundle holds %s, Go files, README, LICENSE and testdata", name, manifest)
	}
	return nil
}

func (f Files) names() []string { return slices.Sorted(maps.Keys(f)) }

// list is the text of SHA256SUMS.
func (f Files) list() []byte {
	var b bytes.Buffer
	for _, name := range f.names() {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(f[name]), name)
	}
	return b.Bytes()
}

// Sum is a hash of all files and their names, in hexadecimal: the SHA-256 of the
// bundle's list.
func (f Files) Sum() string {
	sum := sha256.Sum256(f.list())
	return hex.EncodeToString(sum[:])
}

// Pack makes a bundle.
func (f Files) Pack() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("pack plugin: %w", err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	write := func(name string, data []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	err := write(sums, f.list())
	for _, name := range f.names() {
		err = errors.Join(err, write(name, f[name]))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("pack plugin: %w", err)
	}
	if out.Len() > MaxBytes {
		return nil, fmt.Errorf("pack plugin: more than %d MiB", MaxBytes>>20)
	}
	return out.Bytes(), nil
}

// Unpack checks a bundle and gives its files. It writes nothing.
func Unpack(data []byte) (Files, error) {
	f, err := unpack(data)
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	return f, nil
}

func unpack(data []byte) (Files, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("more than %d MiB", MaxBytes>>20)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if errors.Is(err, zip.ErrInsecurePath) {
		err = nil // the names are checked one by one below
	}
	if err != nil {
		return nil, fmt.Errorf("%w: make one by `bellhop plugin pack DIR`", err)
	}
	if !alone(data, z) {
		return nil, errors.New("there is something before or after the zip: make one by `bellhop plugin pack DIR`")
	}
	if len(z.File) > maxFiles+1 {
		return nil, fmt.Errorf("%d files: a plugin has at most %d", len(z.File), maxFiles)
	}
	all := Files{}
	left := int64(maxTotal)
	for _, entry := range z.File {
		b, err := read(entry, min(left, maxOne))
		if err != nil {
			return nil, err
		}
		if left -= int64(len(b)); all[entry.Name] != nil {
			return nil, fmt.Errorf("%s is there twice", entry.Name)
		}
		all[entry.Name] = b
	}
	list := all[sums]
	delete(all, sums)
	if err := all.check(); err != nil {
		return nil, err
	}
	return all, all.holds(list)
}

// alone reports whether data is the zip from its first byte to its last, without a
// comment. Readers of zips pass over what stands before and behind one, where
// something else could hide: a program that unpacks itself, or a second zip which
// another reader takes for the first.
func alone(data []byte, z *zip.Reader) bool {
	const header, end = 30, 22 // bytes before an entry's name, and of the record that ends a zip: APPNOTE.TXT 4.3.7, 4.3.16
	if len(data) < end || !bytes.HasPrefix(data[len(data)-end:], []byte("PK\x05\x06")) {
		return false
	}
	if len(z.File) == 0 {
		return len(data) == end
	}
	first, err := z.File[0].DataOffset()
	name, extra := int64(binary.LittleEndian.Uint16(data[26:])), int64(binary.LittleEndian.Uint16(data[28:]))
	return err == nil && first == header+name+extra
}

// read unpacks one entry of at most limit bytes, whatever the zip says of its
// size. What it returns is never nil.
func read(entry *zip.File, limit int64) ([]byte, error) {
	if !entry.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a link, a folder or no ordinary file", entry.Name)
	}
	if entry.Name != sums {
		if err := checkName(entry.Name); err != nil {
			return nil, err
		}
	}
	r, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", entry.Name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: the file is damaged: get it again", entry.Name, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s makes the bundle larger than a plugin may be: at most %d KiB a file and %d MiB in all", entry.Name, maxOne>>10, maxTotal>>20)
	}
	return b, nil
}

// holds compares the files with the list that came with them.
func (f Files) holds(list []byte) error {
	if list == nil {
		return fmt.Errorf("no %s: make bundles by `bellhop plugin pack DIR`", sums)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(list)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || listed[name] != "" {
			return fmt.Errorf("%s: %.80q is no line of a list", sums, line)
		}
		listed[name] = sum
	}
	for _, name := range f.names() {
		switch sum := sha256.Sum256(f[name]); listed[name] {
		case "":
			return fmt.Errorf("%s is not in the list %s: somebody has put it there afterwards", name, sums)
		case hex.EncodeToString(sum[:]):
			delete(listed, name)
		default:
			return fmt.Errorf("%s is not what the list %s says: the file is damaged or was changed: get it again", name, sums)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		return fmt.Errorf("%s is in the list %s and not in the bundle", name, sums)
	}
	return nil
}
