package run

import (
	"bytes"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/demo"
)

// Pack opens a training pack with the held-out list that the program carries.
func Pack(dir string) (*dataset.Pack, error) {
	held, err := dataset.ReadHeldOut(bytes.NewReader(demo.HeldOut()))
	if err != nil {
		return nil, err
	}
	return dataset.OpenPack(dir, held)
}
