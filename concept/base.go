package concept

import "fmt"

// BaseError warns that a concept was learned on another model than the one it
// is to be used with. It may work all the same: models that were trained on
// from a common one share much.
type BaseError struct {
	Concept string
	Base    Base   // learned on
	Hash    string // used with
}

func (e *BaseError) Error() string {
	name := e.Base.Name
	if name == "" {
		name = "another model"
	}
	return fmt.Sprintf("concept %q was learned on %s (%.12s), not on this model (%.12s): it may look less like its subject",
		e.Concept, name, e.Base.Hash, e.Hash)
}

// CheckBase returns a *BaseError, which is a warning, when the concept was
// learned on another base model than that with this hash. It returns nil where
// either hash is not known. Whether the concept's sizes fit a model at all is
// what CheckFit says.
func (c *Concept) CheckBase(hash string) error {
	if c.Base.Hash == "" || hash == "" || c.Base.Hash == hash {
		return nil
	}
	return &BaseError{Concept: c.Name, Base: c.Base, Hash: hash}
}
