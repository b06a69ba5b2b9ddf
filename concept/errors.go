package concept

import (
	"errors"
	"fmt"
)

// ErrNotConcept says that a file is no concept, though it may be a LoRA or an
// embedding of another program.
var ErrNotConcept = errors.New("not a concept: the header has no " + keyFormat + "; a LoRA or an embedding of another program has to be imported")

// VersionError says that a file was written by a later version.
type VersionError struct{ Version int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the file is of format version %d, this program knows versions up to %d; use a newer one",
		e.Version, FormatVersionDual)
}
