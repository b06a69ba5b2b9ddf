package sqlite

// BlobReferenced is studio.Blobs's.
func (t *tx) BlobReferenced(blob string) (bool, error) {
	yes, err := t.q.blobReferenced(t.ctx, blob)
	return yes, ofBlob.fail("look for", err)
}
