package evaluate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/weights"
)

// drawn is the record of a folder of pictures: of one subject, drawn with one concept,
// or of a mark.
type drawn struct {
	Subject string `json:"subject"`
	Row     Row    `json:"row"`
	// Scorers are the judges that the scores are of, by name, and what they are.
	Scorers map[string]string `json:"scorers"`
	// Embeddings is the file of the pictures' embeddings by each scorer, in the order
	// of Pictures.
	Embeddings string         `json:"embeddings"`
	Pictures   []drawnPicture `json:"pictures"`

	dir    string
	embeds map[string][]measure.Embedding // by scorer and part: see embedName
}

// drawnPicture is one picture with its scores.
type drawnPicture struct {
	Prompt   string `json:"prompt"` // its id
	Text     string `json:"text"`   // with {} for the subject
	Compared string `json:"compared"`
	Seed     uint64 `json:"seed"`
	Source   string `json:"source,omitempty"` // of a real picture, the hash of its pixels
	File     string `json:"file,omitempty"`   // "" where it was not kept
	// Copying is how near it is to a given picture, by [measure.Copying].
	Copying float64           `json:"copying"`
	Scores  map[string]Scores `json:"scores"` // by scorer
}

// Scores are what one scorer says of a picture: mean cosines.
type Scores struct {
	Subject float64  `json:"subject"`        // with the given pictures, by CLIP: CLIP-I
	DINO    *float64 `json:"dino,omitempty"` // the same by DINO; nil without one
	Prompt  float64  `json:"prompt"`         // with the text: CLIP-T
	Nearest float64  `json:"nearest"`        // with the nearest of the given pictures, by CLIP
}

// wanted is a picture that a unit is to have.
type wanted struct {
	prompt   Prompt
	compared string
	seed     uint64
	source   string
	file     string // of a real picture
}

func (w wanted) is(p drawnPicture) bool {
	return p.Prompt == w.prompt.ID && p.Text == w.prompt.Text && p.Compared == w.compared && p.Seed == w.seed && p.Source == w.source
}

// place says whether two pictures have the same place in a folder.
func (w wanted) place(p drawnPicture) bool { return p.Prompt == w.prompt.ID && p.Seed == w.seed }

const (
	drawnFile   = "unit.json"
	formatDrawn = "drawn 2"
)

// openDrawn reads a folder's record; an empty one where there is none.
func openDrawn(dir string) (*drawn, error) {
	d := &drawn{dir: dir}
	if _, err := readJSON(filepath.Join(dir, drawnFile), d); err != nil {
		return nil, err
	}
	return d, nil
}

// find is the place of a picture among those that are there, or -1.
func (d *drawn) find(w wanted) int { return slices.IndexFunc(d.Pictures, w.is) }

// embedName names the embeddings of a scorer's part, clip or dino.
func embedName(scorer, part string) string { return scorer + "/" + part }

// readEmbeds reads the embeddings, if they have not been read.
func (d *drawn) readEmbeds() error {
	if d.embeds != nil || d.Embeddings == "" {
		return nil
	}
	src, err := weights.Open(filepath.Join(d.dir, d.Embeddings))
	if err != nil {
		return err
	}
	defer src.Close()
	d.embeds = map[string][]measure.Embedding{}
	for _, name := range src.Names() {
		info, _ := src.Info(name)
		flat, err := src.Float32(name)
		if err != nil {
			return err
		}
		if len(info.Shape) != 2 || info.Shape[0] != len(d.Pictures) {
			return fmt.Errorf("%s has %v numbers for %d pictures; remove the folder %s, and it is made anew", d.Embeddings, info.Shape, len(d.Pictures), d.dir)
		}
		for row := range slices.Chunk(flat, info.Shape[1]) {
			d.embeds[name] = append(d.embeds[name], row)
		}
	}
	return nil
}

// remove takes pictures out that f holds of.
func (d *drawn) remove(f func(drawnPicture) bool) {
	for i := len(d.Pictures) - 1; i >= 0; i-- {
		if !f(d.Pictures[i]) {
			continue
		}
		d.Pictures = slices.Delete(d.Pictures, i, i+1)
		for name := range d.embeds {
			d.embeds[name] = slices.Delete(d.embeds[name], i, i+1)
		}
	}
}

// add puts a picture where it belongs in the order of ids and seeds.
func (d *drawn) add(p drawnPicture, embeds map[string]measure.Embedding) {
	i, _ := slices.BinarySearchFunc(d.Pictures, p, func(a, b drawnPicture) int {
		return cmp.Or(cmp.Compare(a.Prompt, b.Prompt), cmp.Compare(a.Seed, b.Seed))
	})
	d.Pictures = slices.Insert(d.Pictures, i, p)
	if d.embeds == nil {
		d.embeds = map[string][]measure.Embedding{}
	}
	for name, e := range embeds {
		d.embeds[name] = slices.Insert(d.embeds[name], i, e)
	}
}

// write writes the embeddings under a new name, then the record that has this name, and
// then removes what no record has any more.
func (d *drawn) write() error {
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return err
	}
	keys, err := json.Marshal(d.Pictures)
	if err != nil {
		return err
	}
	before := d.Embeddings
	d.Embeddings = "embeddings-" + digest(string(keys)) + ".safetensors"
	var list []weights.Tensor
	for _, name := range sortedKeys(d.embeds) {
		if rows := d.embeds[name]; len(rows) > 0 {
			var flat []float32
			for _, row := range rows {
				flat = append(flat, row...)
			}
			list = append(list, weights.FromFloat32(name, []int{len(rows), len(rows[0])}, flat, weights.F32))
		}
	}
	if err := weights.Write(filepath.Join(d.dir, d.Embeddings), list, nil); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(d.dir, drawnFile), d); err != nil {
		return err
	}
	if before != "" && before != d.Embeddings {
		return os.Remove(filepath.Join(d.dir, before))
	}
	return nil
}
