package dataset

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func openPictures(t *testing.T, path string, view View) *Pictures {
	t.Helper()
	p, err := OpenPictures(path, view, ArchiveLimits{}, heldOut(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// A folder and an archive of the same pictures give the same views; what is no
// picture by its name is passed over, at any depth.
func TestPictures(t *testing.T) {
	names := []string{"a.png", "sub/b.PNG", "sub/deeper/c.png"}
	dir := folderOf(t, map[string]string{"a.txt": "a cat", "sub/notes.md": "", "sub/deeper/list.csv": ""}, names...)
	var members []member
	for _, name := range append(slices.Clone(names), "sub/notes.md") {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, member{name, data})
	}
	tar := filepath.Join(t.TempDir(), "pictures.tar")
	writeTar(t, tar, members)
	view := View{Size: 16, Crop: 0.5, Flip: true, Japanese: 0.5}
	folder, archive := openPictures(t, dir, view), openPictures(t, tar, view)
	if folder.Len() != 3 || archive.Len() != 3 {
		t.Fatalf("the folder has %d pictures, the archive %d", folder.Len(), archive.Len())
	}
	captions := map[string]int{}
	for i := range 60 {
		index, seed := i%3, uint64(i)
		seen, drawn := views(t, folder, index, seed)
		again, same := views(t, archive, index, seed)
		want := [][]string{{names[index], seen.Pixels.Hash()}, {names[index], drawn.Pixels.Hash(), drawn.Caption}}
		got := [][]string{{again.Key, again.Pixels.Hash()}, {same.Key, same.Pixels.Hash(), same.Caption}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("views %d differ (-folder +archive):\n%s", i, diff)
		}
		if seen.Pixels.Width != 16 || seen.Pixels.Height != 16 || seen.Pixels.Hash() == drawn.Pixels.Hash() {
			t.Errorf("views %d are %dx%d, the same picture: %t", i, seen.Pixels.Width, seen.Pixels.Height, seen.Pixels.Hash() == drawn.Pixels.Hash())
		}
		captions[drawn.Caption+" "+string(drawn.Lang)]++
	}
	if len(captions) != 2 || captions["a photo of {} en"] == 0 || captions["{}の写真 ja"] == 0 {
		t.Errorf("captions are %v", captions)
	}
}

func TestOpenPicturesRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.tar")
	writeTar(t, empty, []member{{"a.txt", []byte("a cat")}})
	notTar := filepath.Join(t.TempDir(), "a.png")
	writeFile(t, notTar, append(blob(t, color.NRGBA{9, 9, 9, 255}, true), make([]byte, 2048)...))
	for name, c := range map[string]struct{ path, says string }{
		"nothing":          {t.TempDir(), "there are no pictures"},
		"texts":            {folderOf(t, map[string]string{"a.txt": "a cat"}), ".png, .jpg"},
		"empty archive":    {empty, "there are no pictures"},
		"a picture":        {notTar, "plain tar"},
		"missing":          {filepath.Join(t.TempDir(), "none"), "none"},
		"held-out name":    {folderOf(t, nil, "a.png", "things/red_fox.png"), "things/red_fox.png"},
		"held-out subject": {folderOf(t, nil, rules(t).Subjects[0]+"/00.png"), rules(t).Subjects[0]},
		"held-out code":    {folderOf(t, nil, "1f98a.png"), "1f98a"},
	} {
		p, err := OpenPictures(c.path, View{}, ArchiveLimits{}, heldOut(t))
		if err == nil {
			p.Close()
			t.Errorf("%s: it opens", name)
			continue
		}
		var held *HeldOutError
		if !strings.Contains(err.Error(), c.says) || strings.HasPrefix(name, "held-out") != errors.As(err, &held) {
			t.Errorf("%s: the error is %v; it should say %q", name, err, c.says)
		}
	}
	p, err := OpenPictures(folderOf(t, nil, "red_fox.png"), View{}, ArchiveLimits{}, nil)
	if err != nil {
		t.Fatalf("without a list: %v", err)
	}
	p.Close()
}

// A picture that cannot be read is named.
func TestPicturesNameWhatIsDamaged(t *testing.T) {
	damaged := blob(t, color.NRGBA{9, 9, 90, 255}, true)[:40]
	dir := folderOf(t, nil, "good.png")
	writeFile(t, filepath.Join(dir, "bad.png"), damaged)
	writeFile(t, filepath.Join(dir, "huge.png"), make([]byte, 5000))
	tar := filepath.Join(t.TempDir(), "pictures.tar")
	writeTar(t, tar, []member{{"bad.png", damaged}})
	for _, path := range []string{dir, tar} {
		p, err := OpenPictures(path, View{Size: 8}, ArchiveLimits{MemberBytes: 4096}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		for i, name := range p.names {
			_, _, err := p.Views(context.Background(), i, 1)
			if name == "good.png" && err != nil {
				t.Error(err)
			}
			if name != "good.png" && (err == nil || !strings.Contains(err.Error(), name)) {
				t.Errorf("%s in %s gave %v", name, path, err)
			}
		}
		for _, i := range []int{-1, p.Len()} {
			if _, _, err := p.Views(context.Background(), i, 1); err == nil {
				t.Errorf("index %d of %d is accepted", i, p.Len())
			}
		}
	}
}

func TestPicturesDoNotFollowLinksOut(t *testing.T) {
	secret := filepath.Join(folderOf(t, nil, "secret.png"), "secret.png")
	dir := folderOf(t, nil, "a.png")
	if err := os.Symlink(secret, filepath.Join(dir, "b.png")); err != nil {
		t.Skip("this system makes no links: ", err)
	}
	p, err := OpenPictures(dir, View{}, ArchiveLimits{}, nil)
	if err != nil {
		return // refused as well
	}
	defer p.Close()
	for i, name := range p.names {
		if _, _, err := p.Views(context.Background(), i, 1); (err == nil) != (name == "a.png") {
			t.Errorf("%s gave %v", name, err)
		}
	}
}

// The parts share nothing, depend on names alone and read what the whole reads.
func TestSplitOfPictures(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("p%d.png", i))
	}
	p := openPictures(t, folderOf(t, nil, names...), View{Size: 8})
	train, validation := p.Split(0.3)
	if train.Len()+validation.Len() != 40 || validation.Len() < 4 || validation.Len() > 20 {
		t.Errorf("the parts have %d and %d of 40", train.Len(), validation.Len())
	}
	for part, want := range map[*Pictures]bool{train: false, validation: true} {
		for i := range part.Len() {
			if seen, _ := views(t, part, i, 1); InValidation(seen.Key, 0.3) != want {
				t.Errorf("%s is in the part of validation: %t", seen.Key, want)
			}
		}
	}
	all, none := p.Split(0)
	if all.Len() != 40 || none.Len() != 0 || p.Len() != 40 {
		t.Errorf("a share of 0 gives %d and %d of %d", all.Len(), none.Len(), p.Len())
	}
}

// Other pictures and other cuts are told apart, by names alone.
func TestPicturesFingerprint(t *testing.T) {
	view := View{Size: 8, Crop: 0.7}
	first := openPictures(t, folderOf(t, nil, "a.png", "b.png"), view)
	same := openPictures(t, folderOf(t, nil, "a.png", "b.png"), view)
	if first.Fingerprint() != same.Fingerprint() {
		t.Error("the same names elsewhere have another fingerprint")
	}
	found := map[string]bool{first.Fingerprint(): true}
	for _, other := range []*Pictures{
		openPictures(t, folderOf(t, nil, "a.png", "c.png"), view), openPictures(t, folderOf(t, nil, "a.png"), view),
		openPictures(t, folderOf(t, nil, "a.png", "b.png"), View{Size: 8, Crop: 0.8}),
	} {
		found[other.Fingerprint()] = true
	}
	if len(found) != 4 {
		t.Errorf("4 sets of pictures have %d fingerprints", len(found))
	}
}
