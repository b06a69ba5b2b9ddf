package tuning

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
)

// towers are both encoders of a CLIP, in a store of their own that goes when
// the word is found.
type towers struct {
	text          *clip.TextModel
	vision        *clip.VisionModel
	textWeights   *nn.Weights
	visionWeights *nn.Weights
	tokens        *tokenizer.Tokenizer
	preprocess    picture.Preprocess
}

// wordOfPictures is the word whose sentence CLIP finds nearest to the pictures
// (zero-shot classification, Radford et al., arXiv 2103.00020, section 3.1); ""
// where the model folder has no CLIP with both encoders: a whole one, or a picture
// tower together with a text encoder that projects (see [encoder.FindCLIP]).
func (r *run) wordOfPictures(ctx context.Context) (string, error) {
	t, err := openTowers(r.job.Model.Dir, r.base)
	if err != nil {
		return "", fmt.Errorf("initializer: %w", err)
	}
	if err := ctx.Err(); t == nil || err != nil {
		return "", err
	}
	// Its graphs share no store with the model's but may share its device.
	var word string
	err = r.exclusive(func() (err error) {
		word, err = t.nearest(r.base.backend, r.job.Pictures, candidates(r.base.tokens))
		return err
	})
	return word, err
}

// openTowers opens the CLIP of a model folder with both encoders; nil where there
// is none.
func openTowers(dir string, b *base) (*towers, error) {
	at := encoder.FindCLIP(dir)
	switch {
	case at == nil:
		return nil, nil
	case at.Whole:
		return openCLIP(at, b.tokens)
	}
	return openImageEncoder(at, b)
}

// openCLIP opens a CLIPModel's folder. A folder without a tokenizer uses the
// model's.
func openCLIP(at *encoder.CLIPFolder, tokens *tokenizer.Tokenizer) (*towers, error) {
	m, w, err := clip.Open(at.Dir, model.NewStore(), "clip")
	if err != nil {
		return nil, err
	}
	t := &towers{text: m.Text, vision: m.Vision, textWeights: w, visionWeights: w, tokens: tokens}
	for _, dir := range []string{at.Dir, filepath.Join(at.Dir, "tokenizer")} {
		if exists(filepath.Join(dir, "vocab.json")) || exists(filepath.Join(dir, "tokenizer.json")) {
			if t.tokens, err = tokenizer.Open(dir); err != nil {
				return nil, err
			}
			break
		}
	}
	return t.withPreprocess(at)
}

// openImageEncoder opens a picture tower alone, for the model's own text encoder;
// nil where the two do not project into one space.
func openImageEncoder(at *encoder.CLIPFolder, b *base) (*towers, error) {
	if !b.text.Config.Projection {
		return nil, nil
	}
	m, w, err := clip.OpenVision(at.Dir, model.NewStore(), "vision")
	if err != nil {
		return nil, err
	}
	if !m.Config.Projection || m.Config.ProjectionDim != b.text.Config.ProjectionDim {
		return nil, nil
	}
	t := &towers{text: b.text, vision: m, textWeights: b.textWeights, visionWeights: w, tokens: b.tokens}
	return t.withPreprocess(at)
}

// withPreprocess reads how pictures are prepared.
func (t *towers) withPreprocess(at *encoder.CLIPFolder) (*towers, error) {
	var err error
	t.preprocess, err = encoder.Preprocess(at.Processor, t.vision.Config.ImageSize)
	return t, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// nearest compares each word's sentence with the mean of the pictures.
func (t *towers) nearest(backend compute.Backend, pictures []*picture.Picture, words []string) (string, error) {
	if len(words) == 0 {
		return "", nil
	}
	mean, err := t.pictureMean(backend, pictures)
	if err != nil {
		return "", err
	}
	embeds, err := t.sentences(backend, words)
	if err != nil {
		return "", err
	}
	best := slices.MaxFunc(embeds, func(a, b []float32) int {
		if cosine(a, mean) < cosine(b, mean) {
			return -1
		}
		return 1
	})
	return words[slices.IndexFunc(embeds, func(e []float32) bool { return &e[0] == &best[0] })], nil
}

// pictureMean is the sum of the pictures' embeddings of length 1.
func (t *towers) pictureMean(backend compute.Backend, pictures []*picture.Picture) ([]float32, error) {
	embeds, err := t.pictureEmbeds(backend, pictures)
	if err != nil {
		return nil, err
	}
	sum := make([]float32, len(embeds[0]))
	for _, e := range embeds {
		for i, v := range e {
			sum[i] += v
		}
	}
	return sum, nil
}

// pictureEmbeds are the pictures' embeddings, of length 1.
func (t *towers) pictureEmbeds(backend compute.Backend, pictures []*picture.Picture) ([][]float32, error) {
	exec, err := model.NewExec(backend, t.visionWeights.Store(), func(_ *model.Scope, x *Node) *Node {
		return clip.Normalize(t.vision.Forward(nn.NewPass(t.visionWeights, nn.Options{}), x).Embeds)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare CLIP: %w", err)
	}
	defer exec.Finalize()
	pixels, height, width, err := t.preprocess.NHWC(pictures...)
	if err != nil {
		return nil, err
	}
	results, err := exec.Call(tensors.FromFlatDataAndDimensions(pixels, len(pictures), height, width, 3))
	if err != nil {
		return nil, fmt.Errorf("encode pictures with CLIP: %w", err)
	}
	flat, err := tensors.CopyFlatData[float32](results[0])
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(flat, len(flat)/len(pictures))), nil
}

// sentences are the embeddings of "a photo of a WORD".
func (t *towers) sentences(backend compute.Backend, words []string) ([][]float32, error) {
	var texts []string
	for _, word := range words {
		texts = append(texts, "a photo of a "+word)
	}
	return t.textEmbeds(backend, texts)
}

// textEmbeds are the embeddings of texts, some at a time.
func (t *towers) textEmbeds(backend compute.Backend, texts []string) ([][]float32, error) {
	const chunk = 32
	exec, err := model.NewExec(backend, t.textWeights.Store(), func(_ *model.Scope, ids *Node) *Node {
		return t.text.Forward(nn.NewPass(t.textWeights, nn.Options{}), ids, clip.TextOptions{}).Embeds
	})
	if err != nil {
		return nil, fmt.Errorf("prepare CLIP: %w", err)
	}
	defer exec.Finalize()
	var all [][]float32
	for from := 0; from < len(texts); from += chunk {
		var ids []int32
		for i := range chunk {
			ids = append(ids, t.tokens.Batch(texts[min(from+i, len(texts)-1)]).IDs...)
		}
		results, err := exec.Call(tensors.FromFlatDataAndDimensions(ids, chunk, len(ids)/chunk))
		if err != nil {
			return nil, fmt.Errorf("encode texts with CLIP: %w", err)
		}
		flat, err := tensors.CopyFlatData[float32](results[0])
		if err != nil {
			return nil, err
		}
		for row := range slices.Chunk(flat, len(flat)/chunk) {
			all = append(all, row)
		}
	}
	return all[:len(texts)], nil
}

// smallVocabulary is the number of words up to which all of them are compared.
const smallVocabulary = 3000

// candidates are the words that a picture may show: those of the list that are
// one token, or, in a small vocabulary, every word that no template has.
func candidates(tokens *tokenizer.Tokenizer) []string {
	words := strings.Fields(things)
	if ids := tokens.Words(); len(ids) <= smallVocabulary {
		words = nil
		frame := strings.Join(promptTemplates(templateObject, languageBoth), " ")
		for _, id := range ids {
			if word := tokens.Word(id); !slices.Contains(strings.Fields(frame), word) {
				words = append(words, word)
			}
		}
	}
	return slices.DeleteFunc(words, func(word string) bool { return len(tokens.Encode(word)) != 1 })
}
