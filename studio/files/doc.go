// Package files keeps the studio's bytes: pictures, concept files, documents.
//
// A blob's name is the SHA-256 of its content, so equal content is kept once,
// a name says nothing of who gave it, and nothing that a user typed becomes part
// of a path. Blobs lie in a bucket of gocloud.dev: a folder today, an object
// store with another driver.
//
//	blobs/ab/abcdef...   64 hexadecimal digits, below the first two
//	incoming/...         what is being written; it counts for nothing
//
// A blob is complete as soon as its name exists. What was interrupted stays in
// incoming/ until [Files.Sweep] removes it.
package files
