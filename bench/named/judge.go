package main

import (
	"context"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// count tells of how many pictures the asked name is the nearest, and among the
// five nearest.
func count(ctx context.Context, judge *measure.CLIP, pictures []*picture.Picture, asked []question) (first, five int, err error) {
	seen, err := judge.Pictures(ctx, pictures)
	if err != nil {
		return 0, 0, err
	}
	for i, q := range asked {
		said, err := judge.Texts(ctx, q.names)
		if err != nil {
			return 0, 0, err
		}
		switch place := rank(said, seen[i], q.own); {
		case place == 0:
			first, five = first+1, five+1
		case place < 5:
			five++
		}
	}
	return first, five, nil
}

// rank is how many texts are nearer to a picture than one.
func rank(texts []measure.Embedding, seen measure.Embedding, own int) (nearer int) {
	least := texts[own].Cosine(seen)
	for _, t := range texts {
		if t.Cosine(seen) > least {
			nearer++
		}
	}
	return nearer
}
