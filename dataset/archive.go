package dataset

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// ArchiveLimits bound what a tar archive may hold. Zero fields mean the defaults.
type ArchiveLimits struct {
	Members     int   // default 4,000,000
	MemberBytes int64 // default 64 MiB
}

func (l ArchiveLimits) orDefault() ArchiveLimits {
	if l.Members <= 0 {
		l.Members = 4_000_000
	}
	if l.MemberBytes <= 0 {
		l.MemberBytes = 64 << 20
	}
	return l
}

// Archive is an uncompressed tar file, indexed once and read at random.
// Nothing is ever unpacked to disk. It is safe for concurrent use.
type Archive struct {
	path    string
	file    *os.File
	names   []string
	members map[string]span
}

type span struct{ offset, size int64 }

// OpenArchive indexes a tar file. Links, devices, sparse members, absolute
// names and names with ".." are refused, because none belongs in a data set.
func OpenArchive(file string, limits ArchiveLimits) (*Archive, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	names, members, err := indexTar(f, limits.orDefault())
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("index archive %s: %w", file, err)
	}
	return &Archive{path: file, file: f, names: names, members: members}, nil
}

// indexTar lists the regular members of a tar with where their bytes lie.
func indexTar(f io.ReadSeeker, limits ArchiveLimits) ([]string, map[string]span, error) {
	length, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	var names []string
	members := map[string]span{}
	for t := tar.NewReader(f); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return names, members, nil
		}
		if err != nil {
			return nil, nil, tarError(err)
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := checkMember(h, limits, len(names)); err != nil {
			return nil, nil, err
		}
		// The tar reader reads no further than the header, so this is where the bytes begin.
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, nil, err
		}
		name := path.Clean(h.Name)
		if _, twice := members[name]; twice {
			return nil, nil, fmt.Errorf("member %q is there twice", name)
		}
		if at+h.Size > length {
			return nil, nil, fmt.Errorf("member %q is cut off: the file ends %d bytes early", name, at+h.Size-length)
		}
		members[name] = span{at, h.Size}
		names = append(names, name)
	}
}

func tarError(err error) error {
	if errors.Is(err, tar.ErrHeader) {
		return fmt.Errorf("it is no plain tar file or is damaged (%w); a compressed one has to be decompressed first", err)
	}
	return err
}

func checkMember(h *tar.Header, limits ArchiveLimits, count int) error {
	switch {
	case h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink:
		return fmt.Errorf("member %q is a link to %q; links are refused, store the file itself", h.Name, h.Linkname)
	case h.Typeflag != tar.TypeReg || sparse(h):
		return fmt.Errorf("member %q is no plain file (type %q)", h.Name, h.Typeflag)
	case !localName(h.Name):
		return fmt.Errorf("member %q has a name that leads out of the archive", h.Name)
	case h.Size > limits.MemberBytes:
		return fmt.Errorf("member %q has %d bytes and %d are allowed", h.Name, h.Size, limits.MemberBytes)
	case count >= limits.Members:
		return fmt.Errorf("there are more than %d members; split the archive", limits.Members)
	}
	return nil
}

func sparse(h *tar.Header) bool {
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// localName reports whether a slash-separated name stays below its root on
// every system.
func localName(name string) bool {
	if name == "" || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return false
		}
	}
	return path.Clean(name) != "."
}

// Names lists the members in the archive's order.
func (a *Archive) Names() []string { return a.names }

// Has reports whether there is a member of that name.
func (a *Archive) Has(name string) bool { _, ok := a.members[name]; return ok }

// Read returns the bytes of one member.
func (a *Archive) Read(name string) ([]byte, error) {
	m, ok := a.members[name]
	if !ok {
		return nil, fmt.Errorf("read archive %s: there is no member %q", a.path, name)
	}
	data := make([]byte, m.size)
	if _, err := io.ReadFull(io.NewSectionReader(a.file, m.offset, m.size), data); err != nil {
		return nil, fmt.Errorf("read archive %s: member %q: %w", a.path, name, err)
	}
	return data, nil
}

// Close closes the file.
func (a *Archive) Close() error { return a.file.Close() }
